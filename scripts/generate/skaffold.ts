import type { Manifest } from '#runtime/manifest/index.ts'

/** What `skaffold.yaml` must know beside the handlers. */
export interface Surroundings {
  /** The namespace of the system. */
  readonly namespace: string
  /** The name of the cluster in `kind-config.yaml`. */
  readonly cluster: string
  /** The text of Warren's `Dockerfile`, which names the base of the images. */
  readonly dockerfile: string
  /** The path of one of Warren's own files, such as `charts/handler`, from the folder of the system. */
  own(path: string): string
}

type Handler = Pick<Manifest, 'name' | 'http' | 'entrance'>

/**
 * `skaffold.yaml` for these handlers: its first document builds and deploys what exists once, its second one the handlers.
 *
 * @throws an error if the Dockerfile does not name the base of the images
 */
export function skaffold(handlers: readonly Handler[], surroundings: Surroundings): string {
  const [, base] = /^ARG BASE=(\S+):nonroot$/m.exec(surroundings.dockerfile) ?? []
  if (base === undefined)
    throw new Error('Dockerfile: `ARG BASE=<image>:nonroot` is missing, which skaffold.yaml needs')
  return `${ofSystem(surroundings)}\n---\n${ofHandlers(handlers, `${base}:debug-nonroot`, surroundings)}`
}

function ofSystem({ namespace, cluster, own }: Surroundings): string {
  return `# The system by Skaffold. It is generated from the folders with a handler.yaml: changes here are lost with the next new handler.
#
#   skaffold run --profile kind                                   on the cluster of kind-config.yaml
#   npm run build -- --watch & skaffold dev                       there, and a changed source runs in its pod a second later
#   skaffold run --profile production --default-repo <registry>   images to a registry, values for production
apiVersion: skaffold/v4beta14
kind: Config
metadata: { name: system }
build:
  # Docker's older builder knows no COPY --chmod. The profiles add to it: they may not replace it.
  local: { useBuildkit: true }
  # Before the images, whenever a source has changed.
  hooks: { before: [{ command: [npm, run, --silent, build, --, mail] }] }
  artifacts:
    - { image: docker.io/warren/mail, docker: ${docker('mail', own)} }
deploy:
  helm:
    releases:
      - name: system
        chartPath: ${own('charts/system')}
        namespace: ${namespace}
        createNamespace: true
        setValueTemplates: { image.reference: '{{.IMAGE_FULLY_QUALIFIED_docker_io_warren_mail}}' }
    # Instead of \`wait\`: helm gives up on a broker that starts slowly, and does not make the operator declare its objects then.
    hooks: { after: [{ host: { command: [npm, run, --silent, deploy, --, system, --only-wait] } }] }
portForward:
${[
  ['rabbit', 15_672, 15_672],
  ['mail', 8_025, 8_025],
  ['prometheus', 9_090, 9_090],
  ['grafana', 3_000, 3_001],
]
  .map(([service, port, localPort]) => portForward(String(service), Number(port), Number(localPort), namespace))
  .join('')}profiles:
  - name: kind
    activation: [{ kubeContext: kind-${cluster} }]
    patches:
      # Straight into the node.
      - { op: add, path: /build/local/push, value: false }
      - op: add
        path: /deploy/helm/releases/0/setValues
        value: { prometheus.enabled: true, grafana.enabled: true }
  - name: production
    patches:
      - { op: add, path: /build/local/push, value: true }
      - { op: add, path: /deploy/helm/releases/0/valuesFiles, value: [${own('charts/system/values-production.yaml')}] }
`
}

function ofHandlers(handlers: readonly Handler[], debugBase: string, surroundings: Surroundings): string {
  const { namespace, cluster, own } = surroundings
  const entrances = handlers.filter(({ entrance }) => entrance)
  const forwards = entrances.map(({ name, http = 0 }, index) => portForward(name, http, 8_080 + index, namespace))
  return `apiVersion: skaffold/v4beta14
kind: Config
metadata: { name: handlers }
build:
  local: { useBuildkit: true }
  hooks: { before: [{ command: [npm, run, --silent, build] }] }
  # Skaffold copies a changed bundle into its pod. It copies the sources too, which has no effect: any other changed file would make it
  # build a new image.
  artifacts:
${handlers.map(({ name }, index) => artifact(name, index, own)).join('')}deploy:
  helm:
    concurrency: 2
    releases:
${handlers.map(({ name }) => release(name, namespace, own)).join('')}${
    forwards.length > 0 ? `portForward:\n${forwards.join('')}` : ''
  }profiles:
  - name: kind
    activation: [{ kubeContext: kind-${cluster} }]
    patches:
      - { op: add, path: /build/local/push, value: false }
  - name: dev
    activation: [{ command: dev }]
    patches:
      # One pod whose code can be replaced, and an image with the shell and the tar that replace it.
      - op: add
        path: /deploy/helm/flags
        value: { install: &dev [--set, 'dev=true,scale.min=1'], upgrade: *dev }
${handlers.map((_, index) => debugPatch(index, debugBase)).join('')}  - name: production
    patches:
      - { op: add, path: /build/local/push, value: true }
      - op: add
        path: /deploy/helm/flags
        value: { install: &production [--values, ${own('charts/handler/values-production.yaml')}], upgrade: *production }
`
}

/** How an image is built. The Dockerfile of a system that has installed Warren is not in its folder. */
function docker(handler: string, own: Surroundings['own']): string {
  const dockerfile = own('Dockerfile')
  return `{ ${dockerfile === 'Dockerfile' ? '' : `dockerfile: ${dockerfile}, `}buildArgs: { HANDLER: ${handler} } }`
}

/** The first of the repeated values carries the anchor that the others refer to. */
const anchored = (index: number, name: string, value: string) => (index === 0 ? `&${name} ${value}` : `*${name}`)

const artifact = (handler: string, index: number, own: Surroundings['own']) => `    - image: docker.io/warren/${handler}
      docker: ${docker(handler, own)}
      sync:
        manual:
          - src: .warren/build/${handler}/*.cjs
            dest: /app
            strip: .warren/build/${handler}
          - ${anchored(index, 'sources', '{ src: handlers/**/*.ts, dest: /tmp }')}
`

// Skaffold names the variable of an image after it, with each other character as an underscore.
const release = (handler: string, namespace: string, own: Surroundings['own']) => `      - name: ${handler}
        chartPath: ${own('charts/handler')}
        namespace: ${namespace}
        valuesFiles: [handlers/${handler}/handler.yaml]
        setValueTemplates:
          image.reference: '{{.IMAGE_FULLY_QUALIFIED_docker_io_warren_${handler.replaceAll('-', '_')}}}'
        wait: true
`

const portForward = (service: string, port: number, localPort: number, namespace: string) =>
  `  - { resourceType: service, resourceName: ${service}, namespace: ${namespace}, port: ${port}, localPort: ${localPort} }\n`

const debugPatch = (index: number, base: string) => `      - op: add
        path: /build/artifacts/${index}/docker/buildArgs/BASE
        value: ${anchored(index, 'base', base)}
`
