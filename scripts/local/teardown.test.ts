import { createTeardown, together } from './teardown.ts'

test('parts are stopped in reverse order, even if one of them fails to stop', async () => {
  const stopped: string[] = []
  const teardown = createTeardown()
  teardown.add({ stop: () => stopped.push('broker') })
  teardown.add({
    stop: async () => {
      throw new Error('the database does not stop')
    },
  })
  teardown.add({ stop: async () => stopped.push('handlers') })

  const errors = await teardown.stopAll()
  expect(stopped).toEqual(['handlers', 'broker'])
  expect(errors.map(({ message }) => message)).toEqual(['the database does not stop'])
})

test('no part is stopped twice', async () => {
  let stops = 0
  const teardown = createTeardown()
  teardown.add({ stop: () => ++stops })
  await teardown.stopAll()
  await teardown.stopAll()
  expect(stops).toBe(1)
})

test('a part that is slow to stop can be hurried', async () => {
  const teardown = createTeardown()
  let finish = () => {}
  teardown.add({ stop: () => new Promise<void>((finished) => (finish = finished)), hurry: () => finish() })
  const stopping = teardown.stopAll()
  teardown.hurry()
  await expect(stopping).resolves.toEqual([])
})

test('when one part fails to start, the others finish starting first, so that they can be stopped', async () => {
  let started = false
  const slow = new Promise<void>((resolve) => setImmediate(resolve)).then(() => (started = true))

  await expect(together([Promise.reject(new Error('port 5672 is taken')), slow])).rejects.toThrow('port 5672 is taken')
  expect(started).toBe(true)
})
