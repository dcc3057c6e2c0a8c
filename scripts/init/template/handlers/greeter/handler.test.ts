import { GreetingWritten, WriteGreeting } from '#contracts'
import { deliver } from 'warren/testing'
import { greeter } from './handler.ts'

const id = '5f0c2f3e-54a1-4b8e-9a27-1d1a1f8a7c01'
const guestsWith = (times: number) => ({ query: async () => ({ rows: [{ times }], rowCount: 1 }) })

test('a guest is greeted', async () => {
  const outputs = await deliver(greeter(), WriteGreeting({ id, name: 'Ada' }), { db: guestsWith(1) })
  expect(outputs).toEqual([GreetingWritten({ id, text: 'Hello, Ada!' })])
})

test('a guest who returns is recognized', async () => {
  const outputs = await deliver(greeter(), WriteGreeting({ id, name: 'Ada' }), { db: guestsWith(2) })
  expect(outputs).toEqual([GreetingWritten({ id, text: 'Hello again, Ada! (2)' })])
})
