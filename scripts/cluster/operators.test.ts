import { installOperators } from './operators.ts'
import { stubPrograms, type StubPrograms } from './testing/stub-programs.ts'

let stubs: StubPrograms
afterEach(() => stubs.remove())

const topology = 'kubectl apply --server-side -k k8s/rabbitmq-topology-operator'
const calledFor = () => stubs.calls().filter((call) => call === topology).length

test('the installation waits for a webhook that does not answer yet', async () => {
  const notYet = 'echo "Internal error occurred: failed calling webhook: connection refused" >&2'
  stubs = stubPrograms({
    kubectl: `case "$*" in *topology-operator) [ -e "\${0%/*}/once" ] || { : >"\${0%/*}/once"; ${notYet}; exit 1; };; esac`,
  })
  await installOperators(() => {}, { rest: 1 })
  expect(calledFor()).toBe(2)
  expect(stubs.calls().at(-1)).toMatch(/^kubectl wait apiservice/)
})

test('a webhook that never answers ends the installation with its error', async () => {
  stubs = stubPrograms({ kubectl: 'case "$*" in *topology-operator) echo "failed calling webhook" >&2; exit 1;; esac' })
  await expect(installOperators(() => {}, { rest: 1 })).rejects.toThrow(
    `${topology} ended with code 1:\nfailed calling`,
  )
  expect(calledFor()).toBe(12)
})
