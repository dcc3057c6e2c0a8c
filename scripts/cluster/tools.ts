/** A program that the cluster's commands run. */
export interface Tool {
  readonly name: string
  /** Makes it print its version. */
  readonly ask: readonly string[]
  readonly atLeast: string
  readonly get: string
}

export const tools: readonly Tool[] = [
  {
    name: 'docker',
    // The server's version: a client alone cannot run a node.
    ask: ['docker', 'version', '--format', '{{.Server.Version}}'],
    atLeast: '24',
    get: 'install Docker from https://docs.docker.com/engine/install and start it',
  },
  {
    name: 'kind',
    ask: ['kind', 'version'],
    // An older one cannot load images into the node image of kind-config.yaml.
    atLeast: '0.33',
    get: 'install it from https://kind.sigs.k8s.io/docs/user/quick-start#installation',
  },
  {
    name: 'kubectl',
    ask: ['kubectl', 'version', '--client'],
    atLeast: '1.33',
    get: 'install it from https://kubernetes.io/docs/tasks/tools',
  },
  {
    name: 'helm',
    ask: ['helm', 'version', '--short'],
    atLeast: '3.18',
    get: 'install it from https://helm.sh/docs/intro/install',
  },
  {
    name: 'skaffold',
    ask: ['skaffold', 'version'],
    // The first that supports Helm 4.
    atLeast: '2.24',
    get: 'install it from https://skaffold.dev/docs/install, or do without it: --without-skaffold',
  },
]

/** How to get a missing program. */
export function howToGet(program: string): string {
  return tools.find(({ name }) => name === program)?.get ?? 'install it first'
}

/** The first version number in a text, such as `v0.32.0`; undefined when there is none. */
export function versionIn(text: string): string | undefined {
  return /\d+\.\d+(\.\d+)?/.exec(text)?.[0]
}

/** Whether a version is the wanted one or newer; missing parts count as zero. */
export function atLeast(version: string, wanted: string): boolean {
  const [have, want] = [version, wanted].map((text) => text.split('.').map(Number)) as [number[], number[]]
  const different = [0, 1, 2].find((part) => (have[part] ?? 0) !== (want[part] ?? 0))
  return different === undefined || (have[different] ?? 0) > (want[different] ?? 0)
}
