/** The door of `handler.yaml`. A handler's process imports the files behind it, so that no YAML parser is in its bundle. */
export { agreement } from './manifest/agreement.ts'
export { gracePeriod, lint, prefetch, refusals } from './manifest/limits.ts'
export { loadManifest, loadManifests, readHandlerYaml } from './manifest/load.ts'
export { parseManifest } from './manifest/parse.ts'
export type { EventSubscription, Manifest } from './manifest/schema.ts'
