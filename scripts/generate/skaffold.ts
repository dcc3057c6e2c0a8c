const separator = '\n---\n'

/**
 * `skaffold.yaml` for these handlers. Its first document, which deploys the shop's own chart, is written by hand and kept; the second
 * one, which builds and deploys the handlers, is generated.
 *
 * @param current the text of `skaffold.yaml`
 * @param dockerfile the text of `Dockerfile`, which names the base of the images
 * @throws an error if either of the two lacks the part that this reads
 */
export function skaffold(current: string, dockerfile: string, handlers: readonly string[]): string {
  const [, base] = /^ARG BASE=(\S+):nonroot$/m.exec(dockerfile) ?? []
  if (base === undefined)
    throw new Error('Dockerfile: `ARG BASE=<image>:nonroot` is missing, which skaffold.yaml needs')
  const end = current.indexOf(separator)
  if (end < 0) throw new Error('skaffold.yaml: the line `---` after the first document is missing')
  return `${current.slice(0, end)}${separator}${documentOf(handlers, `${base}:debug-nonroot`)}`
}

function documentOf(handlers: readonly string[], debugBase: string): string {
  return `# Written by \`npm run generate\` from the folders with a handler.yaml. Change scripts/generate/skaffold.ts instead.
apiVersion: skaffold/v4beta14
kind: Config
metadata: { name: handlers }
build:
  local: { useBuildkit: true }
  hooks: { before: [{ command: [npm, run, --silent, build] }] }
  # Skaffold copies a changed bundle into its pod. It copies the sources too, which has no effect: any other changed file would make it
  # build a new image.
  artifacts:
${handlers.map(artifact).join('')}deploy:
  helm:
    concurrency: 2
    releases:
${handlers.map(release).join('')}profiles:
  - name: kind
    activation: [{ kubeContext: kind-warren }]
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
        value: { install: &production [--values, charts/handler/values-production.yaml], upgrade: *production }
`
}

/** The first of the repeated values carries the anchor that the others refer to. */
const anchored = (index: number, name: string, value: string) => (index === 0 ? `&${name} ${value}` : `*${name}`)

const artifact = (handler: string, index: number) => `    - image: docker.io/warren/${handler}
      docker: { buildArgs: { HANDLER: ${handler} } }
      sync:
        manual:
          - src: .warren/build/${handler}/*.cjs
            dest: /app
            strip: .warren/build/${handler}
          - ${anchored(index, 'sources', '{ src: handlers/**/*.ts, dest: /tmp }')}
`

// Skaffold names the variable of an image after it, with each other character as an underscore.
const release = (handler: string) => `      - name: ${handler}
        chartPath: charts/handler
        namespace: shop
        valuesFiles: [handlers/${handler}/handler.yaml]
        setValueTemplates:
          image.reference: '{{.IMAGE_FULLY_QUALIFIED_docker_io_warren_${handler.replaceAll('-', '_')}}}'
        wait: true
`

const debugPatch = (index: number, base: string) => `      - op: add
        path: /build/artifacts/${index}/docker/buildArgs/BASE
        value: ${anchored(index, 'base', base)}
`
