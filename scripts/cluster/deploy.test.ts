import { parse } from '../cli/command.ts'
import { deployCommand } from './deploy-command.ts'
import { deploy } from './deploy.ts'
import { stubPrograms, type StubPrograms } from './testing/stub-programs.ts'

const handlers = ['bank', 'orders', 'payments']

let stubs: StubPrograms
afterEach(() => stubs.remove())

async function deployed(...args: string[]) {
  const printed: string[] = []
  const good = await deploy(parse(deployCommand(handlers), args)!, handlers, (line) => printed.push(line))
  return { good, printed: printed.join('\n') }
}

const namespaceIsThere = `case "$*" in "get namespace"*) echo namespace/shop;; *"-o json") echo '{"items":[]}';; esac`

test('each command is printed as it runs, followed by a table of results', async () => {
  stubs = stubPrograms({ kubectl: namespaceIsThere, helm: '' })
  const { good, printed } = await deployed()
  expect(good).toBe(true)
  const ran = stubs.calls().filter((call) => call.startsWith('helm'))
  expect(ran).toHaveLength(4)
  expect(ran[0]).toMatch(/^helm upgrade --install system charts\/system /)
  for (const command of ran) expect(printed).toContain(`$ ${command}\n`)
  expect(
    printed
      .split('\n')
      .slice(-5)
      .map((line) => line.split(/ +/).slice(0, 2)),
  ).toEqual([
    ['release', 'result'],
    ['system', 'deployed'],
    ...['bank', 'orders', 'payments'].map((name) => [name, 'deployed']),
  ])
})

test('with --only-wait no helm command runs, and nothing is changed', async () => {
  stubs = stubPrograms({ kubectl: namespaceIsThere, helm: 'exit 1' })
  const { good, printed } = await deployed('system', '--only-wait')
  expect(good).toBe(true)
  expect(printed).toMatch(/^ {2}system is ready/)
  expect(stubs.calls().filter((call) => !call.startsWith('kubectl get'))).toEqual([])
})

test('a missing namespace is created with restricted Pod Security', async () => {
  stubs = stubPrograms({ kubectl: `case "$*" in *"-o json") echo '{"items":[]}';; esac`, helm: '' })
  const { printed } = await deployed('bank', '--namespace', 'mine')
  const made = [
    'kubectl create namespace mine',
    'kubectl label namespace mine pod-security.kubernetes.io/enforce=restricted pod-security.kubernetes.io/audit=restricted pod-security.kubernetes.io/warn=restricted',
  ]
  expect(stubs.calls().slice(1, 3)).toEqual(made)
  for (const command of made) expect(printed).toContain(`$ ${command}`)
})

test('a failing handler does not stop the deployment of the others, and the log of its prepare Job is shown', async () => {
  stubs = stubPrograms({
    kubectl: `${namespaceIsThere}
      case "$*" in
        "logs job/orders-prepare"*) echo "handler.yaml: emits order.created.v2, the code does not";;
      esac`,
    helm: 'case "$*" in *"--install orders"*) echo "Error: Job/shop/orders-prepare not ready" >&2; exit 1;; esac',
  })
  const { good, printed } = await deployed()
  expect(good).toBe(false)
  expect(printed).toContain(
    '✗ orders:\nError: Job/shop/orders-prepare not ready\nthe log of job/orders-prepare:\nhandler.yaml: emits order.created.v2, the code does not',
  )
  expect(printed).toMatch(/\norders +failed/)
  expect(printed).toMatch(/\npayments +deployed/)
})

test('pods are restarted when the tag is unchanged, because its image may be newer', async () => {
  const running = (image: string) => `${namespaceIsThere}
    case "$*" in "get deployment bank"*) echo ${image};; esac`
  stubs = stubPrograms({ kubectl: running('docker.io/warren/bank:dev'), helm: '' })
  const { printed } = await deployed('bank', 'orders')
  const restarts = stubs.calls().filter((call) => call.includes('rollout restart'))
  expect(restarts).toEqual(['kubectl rollout restart deployment/bank --namespace shop'])
  expect(printed).toContain(`$ ${restarts[0]}`)
})

test('a release whose objects do not become ready is reported as failed, with what is missing', async () => {
  const refused = {
    kind: 'ScaledObject',
    metadata: { name: 'bank' },
    spec: {},
    status: { conditions: [{ type: 'Ready', status: 'False', message: 'no such queue' }] },
  }
  stubs = stubPrograms({
    kubectl: `case "$*" in
        "get namespace"*) echo namespace/shop;;
        *--selector*"-o json") if [ -e "\${0%/*}/looked" ]; then exit 1; fi; : >"\${0%/*}/looked"; echo '{"items":[${JSON.stringify(refused)}]}';;
        *"-o json") echo '{"items":[]}';;
      esac`,
    helm: '',
  })
  const { good, printed } = await deployed('bank')
  expect(good).toBe(false)
  expect(printed).toContain('  bank: waiting for ScaledObject bank (no such queue)\n')
  expect(printed).toMatch(/✗ bank:\nkubectl get .* ended with code 1/)
  expect(printed).toMatch(/\nbank +failed/)
})

test('a failure outside the prepare Job does not show an old log of that Job', async () => {
  stubs = stubPrograms({ kubectl: namespaceIsThere, helm: 'echo "Error: scale.max: got 0, want 1" >&2; exit 1' })
  const { printed } = await deployed('orders')
  expect(printed).toContain('✗ orders:\nError: scale.max: got 0, want 1\n\nrelease')
  expect(stubs.calls().join()).not.toContain('logs')
})

test('when charts/system fails, no handler is deployed', async () => {
  stubs = stubPrograms({ kubectl: namespaceIsThere, helm: 'echo "Error: no" >&2; exit 1' })
  const { good, printed } = await deployed()
  expect(good).toBe(false)
  expect(stubs.calls().filter((call) => call.startsWith('helm'))).toHaveLength(1)
  expect(printed).toMatch(/\nbank +not tried/)
})
