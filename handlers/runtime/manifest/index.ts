/** The door of `handler.yaml`. A handler's process imports the files behind it, so that no YAML parser is in its bundle. */
export { agreement, notAHandler } from './agreement.ts'
export { gracePeriod, lint, prefetch, refusals } from './limits.ts'
export { handlersIn, loadManifest, loadManifests, readHandlerYaml } from './load.ts'
export { nearest } from './nearest.ts'
export { parseManifest } from './parse.ts'
export { placeOf } from './place.ts'
export type { EventSubscription, Manifest } from './schema.ts'
