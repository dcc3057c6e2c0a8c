import { parseManifest } from '#runtime/manifest/index.ts'
import { until } from '#testbed'
import { startRedrives } from './redrives.ts'

test('only handlers with redrive have their dead letters sent back, again and again; a failure is reported', async () => {
  const rule = { every: 1, reasons: ['exhausted' as const], times: 3 }
  const asked: string[] = []
  const said: string[] = []
  const redrives = startRedrives({
    manifests: () => [
      parseManifest('payments', { handles: ['a.b.v1'] }),
      { ...parseManifest('mails', {}), redrive: rule },
    ],
    connect(handler) {
      asked.push(handler)
      return Promise.reject(new Error('the broker is gone'))
    },
    say: (sentence) => said.push(sentence),
  })
  await until(() => asked.length === 2)
  await redrives.stop()
  expect(asked).toEqual(['mails', 'mails'])
  expect(said[0]).toBe('mails: its dead letters could not be sent back: the broker is gone')
})
