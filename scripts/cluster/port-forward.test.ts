import { until } from '../testbed/until.ts'
import { portForward, type PortForward } from './port-forward.ts'
import { stubPrograms, type StubPrograms } from './testing/stub-programs.ts'

let stubs: StubPrograms
let forward: PortForward
afterEach(async () => {
  await forward.close()
  stubs.remove()
})

test('kubectl is restarted whenever it ends, and its last error is kept', async () => {
  stubs = stubPrograms({ kubectl: 'echo "error: unable to forward port because pod is not running" >&2' })
  forward = portForward(async () => ['--namespace', 'shop', 'pod/rabbit-0', '10000:5672'])
  await until(() => stubs.calls().length >= 3)
  expect(new Set(stubs.calls())).toEqual(new Set(['kubectl port-forward --namespace shop pod/rabbit-0 10000:5672']))
  expect(forward.said()).toBe('error: unable to forward port because pod is not running')
})

test('a restart replaces the running kubectl', async () => {
  stubs = stubPrograms({ kubectl: 'trap "exit 143" TERM; while :; do :; done' })
  forward = portForward(async () => ['pod/rabbit-0', '10000:5672'])
  await until(() => stubs.calls().length === 1)
  forward.restart()
  await until(() => stubs.calls().length === 2)
})

test('without kubectl the error names where to get it, and no further attempt is made', async () => {
  stubs = stubPrograms({})
  forward = portForward(async () => ['pod/rabbit-0', '10000:5672'])
  await until(() => forward.missing())
  expect(forward.said()).toBe('kubectl is not on PATH: install it from https://kubernetes.io/docs/tasks/tools')
})

test('it waits for a ready pod, and reports that', async () => {
  stubs = stubPrograms({ kubectl: 'exit 1' })
  const pods: string[] = []
  forward = portForward(async () => (pods[0] === undefined ? undefined : [pods[0], '10000:5672']))
  await until(() => forward.said() === 'no pod of it is ready')
  expect(stubs.calls()).toEqual([])
  pods.push('pod/rabbit-0')
  await until(() => stubs.calls().includes('kubectl port-forward pod/rabbit-0 10000:5672'))
})
