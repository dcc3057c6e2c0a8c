import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Returns a function that looks for handlers that were added to the system since its start, and returns a sentence for each that
 * the look before did not find.
 *
 * @param running the names of the handlers that run
 */
export function newHandlers(running: readonly string[], house = 'handlers'): () => string[] {
  let known: readonly string[] = running
  return () => {
    const present = existsSync(house) ? readdirSync(house) : []
    const found = present.filter((name) => existsSync(join(house, name, 'handler.yaml')))
    const added = found.filter((name) => !known.includes(name))
    known = [...running, ...found]
    return added.map((name) => `New: handlers/${name}. It starts at the next npm start.`)
  }
}
