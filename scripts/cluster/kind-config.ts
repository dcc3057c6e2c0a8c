import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { ownPath } from '../own-files.ts'

/** The cluster on this machine, as `kind-config.yaml` describes it. */
interface KindConfig {
  /** The path of the file: the system's own, or Warren's for a system without one. */
  readonly file: string
  readonly cluster: string
  /** The URL on this machine of a port of the node; undefined for a port that is not mapped. */
  urlOf(nodePort: number | undefined): string | undefined
}

/** Reads the `kind-config.yaml` of the system in the current directory. */
export function kindConfig(): KindConfig {
  const file = existsSync('kind-config.yaml') ? 'kind-config.yaml' : ownPath('kind-config.yaml')
  const { name = 'kind', nodes = [] } = parse(readFileSync(file, 'utf8')) as Content
  const mappings = nodes.flatMap(({ extraPortMappings = [] }) => extraPortMappings)
  return {
    file,
    cluster: name,
    urlOf(nodePort) {
      const mapping = mappings.find(({ containerPort }) => containerPort === nodePort)
      return mapping && `http://localhost:${mapping.hostPort}`
    },
  }
}

interface Content {
  readonly name?: string
  readonly nodes?: readonly {
    readonly extraPortMappings?: readonly { readonly containerPort: number; readonly hostPort: number }[]
  }[]
}
