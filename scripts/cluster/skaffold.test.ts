import { existsSync, readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import { loadManifests } from '#runtime/manifest/index.ts'

interface Configuration {
  metadata: { name: string }
  build: {
    local: { useBuildkit: boolean }
    hooks: { before: { command: string[] }[] }
    artifacts: { image: string; docker: { buildArgs: Record<string, string> }; sync?: { manual: object[] } }[]
  }
  deploy: { helm: { releases: Release[]; hooks?: { after: { host: { command: string[] } }[] } } }
  profiles: { name: string; patches: { path: string; value: any }[] }[]
}

interface Release {
  name: string
  chartPath: string
  namespace: string
  valuesFiles?: string[]
  setValueTemplates: Record<string, string>
}

const [system, handlers] = parseAllDocuments(readFileSync('skaffold.yaml', 'utf8')).map(
  (document) => document.toJS() as Configuration,
) as [Configuration, Configuration]
const names = loadManifests('handlers').map(({ name }) => name)
const patches = (configuration: Configuration, profile: string) =>
  configuration.profiles.find(({ name }) => name === profile)?.patches ?? []

test('every handler has its artifact, whose bundles are synced into the pod during development', () => {
  const wanted = names.map((name) => ({
    image: `docker.io/warren/${name}`,
    docker: { buildArgs: { HANDLER: name } },
    sync: {
      manual: [
        { src: `.warren/build/${name}/*.cjs`, dest: '/app', strip: `.warren/build/${name}` },
        { src: 'handlers/**/*.ts', dest: '/tmp' },
      ],
    },
  }))
  expect(handlers.build.artifacts).toEqual(wanted)
})

test('every handler has its release, with its own values and its own image', () => {
  const wanted = names.map((name) => ({
    name,
    chartPath: 'charts/handler',
    namespace: 'shop',
    valuesFiles: [`handlers/${name}/handler.yaml`],
    setValueTemplates: {
      'image.reference': `{{.IMAGE_FULLY_QUALIFIED_docker_io_warren_${name.replaceAll('-', '_')}}}`,
    },
    wait: true,
  }))
  expect(handlers.deploy.helm.releases).toEqual(wanted)
})

test('during development every image has a shell with tar: the debug variant of the same base', () => {
  const [, base] = /^ARG BASE=(\S+):nonroot$/m.exec(readFileSync('Dockerfile', 'utf8')) ?? []
  const bases = patches(handlers, 'dev').filter(({ path }) => path.startsWith('/build'))
  expect(bases).toEqual(
    names.map((_, index) => ({
      op: 'add',
      path: `/build/artifacts/${index}/docker/buildArgs/BASE`,
      value: `${base}:debug-nonroot`,
    })),
  )
})

test('every profile builds with BuildKit, which the Dockerfile requires', () => {
  expect(readFileSync('Dockerfile', 'utf8')).toMatch(/^COPY --chmod/m)
  for (const { build, profiles } of [system, handlers]) {
    expect(build.local).toEqual({ useBuildkit: true })
    const ofLocal = profiles.flatMap((profile) => profile.patches).filter(({ path }) => path.startsWith('/build/local'))
    expect(ofLocal.map(({ path, value }) => [path, value])).toEqual([
      ['/build/local/push', false],
      ['/build/local/push', true],
    ])
    // What replaces more than this would take it away.
    expect(profiles.flatMap((profile) => profile.patches).filter(({ path }) => path === '/build')).toEqual([])
  }
})

test('the handlers wait for a broker that starts slowly, and helm does not give up on it', () => {
  const { releases, hooks } = system.deploy.helm
  expect(hooks).toEqual({
    after: [{ host: { command: ['npm', 'run', '--silent', 'deploy', '--', 'system', '--only-wait'] } }],
  })
  expect(releases.map((release) => 'wait' in release)).toEqual([false])
})

test('the mail sink and charts/system come before the handlers', () => {
  expect(system.build.artifacts.map(({ docker }) => docker.buildArgs.HANDLER)).toEqual(['mail'])
  expect(system.deploy.helm.releases.map(({ name, chartPath }) => [name, chartPath])).toEqual([
    ['system', 'charts/system'],
  ])
})

test('every file, chart and npm script that skaffold.yaml names exists', () => {
  const releases = [system, handlers].flatMap(({ deploy }) => deploy.helm.releases)
  const flags: { install?: string[] }[] = patches(handlers, 'production').map(({ value }) => value)
  const files = [
    ...releases.flatMap(({ chartPath, valuesFiles = [] }) => [`${chartPath}/Chart.yaml`, ...valuesFiles]),
    ...patches(system, 'production').flatMap(({ path, value }) => (path.endsWith('/valuesFiles') ? value : [])),
    ...flags.flatMap(({ install = [] }) => install.filter((flag) => flag !== '--values')),
  ]
  expect(files).toContain('charts/system/values-production.yaml')
  expect(files).toContain('charts/handler/values-production.yaml')
  expect(files.filter((file) => !existsSync(file))).toEqual([])

  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object }
  const commands = [system, handlers].flatMap(({ build, deploy }) => [
    ...build.hooks.before.map(({ command }) => command),
    ...(deploy.helm.hooks?.after ?? []).map(({ host }) => host.command),
  ])
  expect(commands.map(([npm, run, silent, script]) => [npm, run, silent, script! in scripts])).toEqual([
    ['npm', 'run', '--silent', true],
    ['npm', 'run', '--silent', true],
    ['npm', 'run', '--silent', true],
  ])
})
