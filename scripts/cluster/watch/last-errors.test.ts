import { lastErrorsOf } from './last-errors.ts'

const line = (second: number, reason: string) =>
  JSON.stringify({ level: 40, time: `2026-01-02T03:04:0${second}.000Z`, msg: 'put off', reason })

/** A cluster whose pods have these logs, and what was asked of it. */
function cluster(logs: Record<string, string[]>) {
  const asked: { name: string; sinceSeconds?: number }[] = []
  const core = {
    listNamespacedPod: () =>
      Promise.resolve({
        items: Object.keys(logs).map((pod) => ({
          metadata: { name: pod, labels: { 'app.kubernetes.io/name': pod.split('-')[0] } },
        })),
      }),
    readNamespacedPodLog(request: { name: string; sinceSeconds?: number }) {
      asked.push(request)
      const lines = logs[request.name]!
      return lines.length > 0 ? Promise.resolve(lines.join('\n')) : Promise.reject(new Error('no log yet'))
    },
  }
  return { asked, logs, errors: lastErrorsOf({ core } as never, 'shop') }
}

test('a handler has the latest error of all its pods, and a pod without a log has none', async () => {
  const { errors } = cluster({
    'orders-a': [line(1, 'Error: first'), line(3, 'Error: third')],
    'orders-b': [line(2, 'Error: second')],
    'payments-a': [],
  })
  await errors.refresh(0)
  expect([...errors.found]).toEqual([['orders', { at: new Date('2026-01-02T03:04:03.000Z'), text: 'Error: third' }]])
})

test('logs are read every five seconds, of a known pod only what is new, and an error stays when its pod is gone', async () => {
  const { errors, asked, logs } = cluster({ 'orders-a': [line(1, 'Error: first')] })
  await errors.refresh(0)
  await errors.refresh(4_999)
  expect(asked).toHaveLength(1)
  expect(asked[0]).not.toHaveProperty('sinceSeconds')

  await errors.refresh(5_000)
  expect(asked[1]).toMatchObject({ sinceSeconds: 10 })
  delete logs['orders-a']
  await errors.refresh(10_000)
  expect(errors.found.get('orders')?.text).toBe('Error: first')
})
