import { until } from './until.ts'

test('waits until a condition is met and returns its value', async () => {
  let asked = 0
  expect(await until(() => ++asked === 3 && 'met')).toBe('met')
  expect(asked).toBe(3)
})

test('a condition that throws is not met yet', async () => {
  let asked = 0
  const met = until(() => {
    expect(++asked).toBeGreaterThan(2)
    return true
  })
  await expect(met).resolves.toBe(true)
})

test('the error about a condition that is not met in time contains its text and its last error', async () => {
  const never = until(
    () => {
      throw new Error('the queue holds 3 messages')
    },
    { within: 50 },
  )
  await expect(never).rejects.toThrow(/not within 50 ms: .*the queue holds 3 messages/s)
})

test('a condition that never settles is reported too', async () => {
  await expect(until(() => new Promise(() => {}), { within: 50 })).rejects.toThrow(
    /not within 50 ms: .*did not answer/s,
  )
})
