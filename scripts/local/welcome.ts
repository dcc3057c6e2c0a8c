import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Welcome } from 'warren'
import { loadModule } from '../build/load-module.ts'
import type { System } from '../inspect/system.ts'

/**
 * How to try each handler that answers HTTP, in the words of the `welcome.ts` in its folder; empty without any. What is wrong with a
 * `welcome.ts` stands in place of its words: the system runs all the same.
 */
export async function welcome({ handlers }: Pick<System, 'handlers'>): Promise<string> {
  const texts = Object.entries(handlers).map(async ([name, { url, secrets }]) => {
    const file = join('handlers', name, 'welcome.ts')
    if (url === undefined || !existsSync(file)) return []
    try {
      const { default: of } = await loadModule<{ default: Welcome }>(file)
      return [await of({ url, secrets })]
    } catch (error) {
      return [`${file} has no words for ${url}: ${String(error)}`]
    }
  })
  return (await Promise.all(texts)).flat().join('\n\n')
}
