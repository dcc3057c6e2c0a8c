import * as z from 'zod'
import { command, event } from '../contract.ts'
import { delay } from '../later.ts'
import { on } from '../on.ts'
import { deliver } from './deliver.ts'

const Ask = command('thing.ask.v1', { id: z.string() })
const Answered = event('thing.answered.v1', { id: z.string() })
const Other = event('thing.other.v1', { id: z.string() })

test('what the list of outputs names is returned, now or later', async () => {
  const handler = [on(Ask, [Answered], ({ id }) => [Answered({ id }), delay('1s', Answered({ id }))])]
  expect(await deliver(handler, Ask({ id: 'a' }))).toHaveLength(2)
})

test('a message that the list of outputs does not name fails the test of its handler, as it fails the handler', async () => {
  const handler = [on(Ask, [Answered], (({ id }: { id: string }) => Other({ id })) as never)]
  await expect(deliver(handler, Ask({ id: 'a' }))).rejects.toThrow(
    'the handler of thing.ask.v1 returned thing.other.v1, which its list of outputs does not name',
  )
})
