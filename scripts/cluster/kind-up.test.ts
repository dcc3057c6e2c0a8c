import { atLeast, versionIn } from './tools.ts'
import { parse } from '../cli/command.ts'
import { kindDown, kindDownCommand, kindUp, kindUpCommand } from './kind-up.ts'
import { stubPrograms, type StubPrograms } from './testing/stub-programs.ts'

const secret = JSON.stringify({
  data: { AUTH_SECRET: Buffer.from('a secret of at least 32 characters').toString('base64') },
})

/** Every tool with its usual answers, on a machine without a cluster. */
const machine: Readonly<Record<string, string>> = {
  docker: 'echo 29.1.3',
  kind: 'case "$1" in version) echo "kind v0.33.0 go1.26.1 linux/amd64";; get) echo "No kind clusters found." >&2;; esac',
  kubectl: `case "$*" in version*) echo "Client Version: v1.35.4";; "get secret"*) echo '${secret}';; esac`,
  helm: 'echo v4.2.4+g1234567',
  skaffold: 'echo v2.24.0',
  npm: '',
}

let stubs: StubPrograms
afterEach(() => stubs.remove())

async function up(programs: Readonly<Record<string, string>>, ...args: string[]) {
  stubs = stubPrograms(programs)
  let printed = ''
  const failed = await kindUp(parse(kindUpCommand, args)!, (text) => (printed += text)).then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  )
  return { printed, failed, calls: stubs.calls() }
}

/** The calls that change something. */
const work = (calls: readonly string[]) =>
  calls.filter((call) => !/^\S+ (version|get )/.test(call) && call !== 'helm version --short')

test('kind:up creates the cluster, installs each operator in order and waits for it, then runs Skaffold', async () => {
  const { calls, failed } = await up(machine)
  expect(failed).toBeUndefined()
  expect(work(calls)).toEqual([
    'kind create cluster --config kind-config.yaml',
    'kubectl apply --server-side -k k8s/cert-manager',
    'kubectl wait deployment --all --namespace cert-manager --for condition=Available --timeout 5m',
    'kubectl apply --server-side -k k8s/rabbitmq-cluster-operator',
    'kubectl wait deployment --all --namespace rabbitmq-system --for condition=Available --timeout 5m',
    'kubectl apply --server-side -k k8s/rabbitmq-topology-operator',
    'kubectl wait deployment --all --namespace rabbitmq-system --for condition=Available --timeout 5m',
    'kubectl apply --server-side -k k8s/keda',
    'kubectl wait deployment --all --namespace keda --for condition=Available --timeout 5m',
    'kubectl wait apiservice/v1beta1.external.metrics.k8s.io --for condition=Available --timeout 5m',
    'kubectl create namespace shop',
    expect.stringMatching(/^kubectl label namespace shop pod-security\.kubernetes\.io\/enforce=restricted /),
    'npm run --silent build',
    'skaffold run --profile kind',
  ])
})

test('kind:up ends with the next steps: how to try what answers HTTP, and the commands for watching it', async () => {
  const { printed } = await up(machine)
  expect(printed).toMatch(/curl -i http:\/\/localhost:8080\/api\/orders \\\n {2}-H 'authorization: Bearer ey/)
  expect(printed).toContain('npm run watch')
  expect(printed).toContain('npm run connect')
})

test('a second run keeps the cluster and continues', async () => {
  const kind = `case "$1" in version) echo "kind v0.33.0";; get) echo other; echo warren;; esac`
  const { calls } = await up({ ...machine, kind })
  expect(work(calls)[0]).toBe('kind export kubeconfig --name warren')
  expect(calls.join()).not.toContain('kind create')
  expect(calls).toContain('skaffold run --profile kind')
})

test('--without-skaffold builds and deploys with npm run images and npm run deploy, and does not require Skaffold', async () => {
  const { skaffold: _, ...others } = machine
  const { calls, failed } = await up(others, '--without-skaffold')
  expect(failed).toBeUndefined()
  expect(calls.filter((call) => call.startsWith('npm'))).toEqual([
    'npm run --silent build',
    'npm run --silent images',
    'npm run --silent deploy -- --set prometheus.enabled=true,grafana.enabled=true',
  ])
})

test('every missing, outdated or broken tool is reported in a sentence, and nothing is started', async () => {
  const { kind: _, ...others } = machine
  const docker = 'echo "Cannot connect to the Docker daemon" >&2; exit 1'
  const { failed, calls } = await up({ ...others, docker, helm: 'echo v3.12.0' })
  expect(failed?.split('\n')).toEqual([
    'docker does not work (it says: Cannot connect to the Docker daemon): install Docker from https://docs.docker.com/engine/install and start it.',
    'kind is missing: install it from https://kind.sigs.k8s.io/docs/user/quick-start#installation.',
    'helm 3.12.0 is older than 3.18: install it from https://helm.sh/docs/intro/install.',
  ])
  expect(work(calls)).toEqual([])
})

test('a failing step ends the command and shows its output', async () => {
  const kubectl = `case "$*" in
    version*) echo "Client Version: v1.35.4";;
    *rabbitmq-cluster-operator) echo "error: no such host" >&2; exit 1;;
    esac`
  const { failed, calls } = await up({ ...machine, kubectl })
  expect(failed).toBe(
    'kubectl apply --server-side -k k8s/rabbitmq-cluster-operator ended with code 1:\nerror: no such host',
  )
  expect(work(calls).at(-1)).toBe('kubectl apply --server-side -k k8s/rabbitmq-cluster-operator')
})

test('the output of a long step is shown while it runs', async () => {
  const { printed } = await up({
    ...machine,
    skaffold: 'case "$1" in version) echo v2.24.0;; *) echo Building...;; esac',
  })
  expect(printed).toContain('$ skaffold run --profile kind\nBuilding...\n')
})

test('kind:down deletes the cluster', async () => {
  stubs = stubPrograms(machine)
  await kindDown(() => {})
  expect(stubs.calls()).toEqual(['kind delete cluster --name warren'])
})

test('kind:down deletes nothing for --help or an unknown argument', () => {
  stubs = stubPrograms(machine)
  expect(parse(kindDownCommand, [])).toEqual({})
  expect([parse(kindDownCommand, ['--help']), parse(kindDownCommand, ['-h'])]).toEqual([undefined, undefined])
  expect(() => parse(kindDownCommand, ['--dry-run'])).toThrow(/--dry-run/)
  expect(() => parse(kindDownCommand, ['other'])).toThrow(/other/)
})

test("versions are found in a tool's output and compared number by number", () => {
  stubs = stubPrograms({})
  expect(versionIn('kind v0.33.0 go1.26.1 linux/amd64')).toBe('0.33.0')
  expect(versionIn('nothing')).toBeUndefined()
  expect([atLeast('0.33.0', '0.33'), atLeast('1.9', '1.33'), atLeast('4.2.4', '3.18')]).toEqual([true, false, true])
})
