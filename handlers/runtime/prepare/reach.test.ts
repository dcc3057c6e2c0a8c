import { reach } from './reach.ts'

test('waiting for an unresponsive database is reported once, and ends with the reason', async () => {
  const said: string[] = []
  const reaching = reach('postgres://orders:Tr0ub4dor3@127.0.0.1:1/orders', (sentence) => said.push(sentence), 600)
  await expect(reaching).rejects.toThrow(
    'the database at 127.0.0.1:1 did not answer for 0.6 s: connect ECONNREFUSED 127.0.0.1:1',
  )
  expect(said).toEqual(['waiting for the database at 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1'])
})
