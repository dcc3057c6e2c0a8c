import { runPastWebhooks } from './past-webhooks.ts'
import { stubPrograms, type StubPrograms } from './testing/stub-programs.ts'

const upgrade = ['helm', 'upgrade', 'shop', 'charts/system']
const silent = `echo 'Error: UPGRADE FAILED: Internal error occurred: failed calling webhook "vqueue.kb.io": connection refused' >&2; exit 1`

let stubs: StubPrograms
afterEach(() => stubs.remove())

async function ran(helm: string) {
  stubs = stubPrograms({ helm })
  const printed: string[] = []
  const ended = await runPastWebhooks(upgrade, (line) => printed.push(line), 1)
  return { ...ended, printed, times: stubs.calls().length }
}

test('while the webhook of an operator does not answer, the command runs again and the reason is printed', async () => {
  expect(await ran(`[ -e "\${0%/*}/once" ] || { : >"\${0%/*}/once"; ${silent}; }; echo deployed`)).toMatchObject({
    code: 0,
    output: 'deployed\n',
    times: 2,
    printed: ['  an operator does not answer at its webhook vqueue.kb.io: trying again in 0.001 s, at most 11 times'],
  })
})

test('a webhook that never answers ends the attempts, with the error and where to look', async () => {
  const { code, output, times } = await ran(silent)
  expect({ code, times }).toEqual({ code: 1, times: 12 })
  expect(output).toMatch(
    /^Error: UPGRADE FAILED: .*\nan operator does not answer at its webhook vqueue\.kb\.io: kubectl get pods --namespace rabbitmq-system/,
  )
})

test('any other failure is final at once', async () => {
  expect(await ran('echo "Error: vhost cannot change" >&2; exit 1')).toMatchObject({ code: 1, times: 1, printed: [] })
})
