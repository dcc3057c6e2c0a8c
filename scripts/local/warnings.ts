import type { Manifest } from '#runtime/manifest/index.ts'
import { unheard } from '#runtime/topology/index.ts'

/** Returns a function that prints what works in a set of handlers, but not as their author may think: each sentence once. */
export function createWarnings(say: (sentence: string) => void): (manifests: readonly Manifest[]) => void {
  const said = new Set<string>()
  return (manifests) => {
    for (const sentence of unheard(manifests).filter((each) => !said.has(each))) {
      said.add(sentence)
      say(`warning: ${sentence}`)
    }
  }
}
