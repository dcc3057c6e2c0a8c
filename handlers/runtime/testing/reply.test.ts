import { answer } from '../answer.ts'
import { FindBook } from '../fixtures/books.ts'
import { reply } from './reply.ts'

const librarian = [
  answer(FindBook, async ({ title }, { read }) => {
    const { rows } = await read<{ shelved: number }>('select', [title])
    return { shelved: rows[0]!.shelved, by: 1 }
  }),
]
const question = { title: 'Emma', how: 'well' }

test('an answer is tested with what its database would return', async () => {
  const read = () => Promise.resolve({ rows: [{ shelved: 3 }] as never[], rowCount: 1 })
  expect(await reply(librarian, FindBook, question, { read })).toEqual({ shelved: 3, by: 1 })
})

test('a reply that breaks its contract is an error that names the field', async () => {
  const read = () => Promise.resolve({ rows: [{ shelved: 'three' }] as never[], rowCount: 1 })
  await expect(reply(librarian, FindBook, question, { read })).rejects.toThrow('book.find.v1: shelved must be a number')
})

test('a question without an answer, and a read without a database, are errors with the way out', async () => {
  await expect(reply([], FindBook, question)).rejects.toThrow('none of these subscriptions answers book.find.v1')
  await expect(reply(librarian, FindBook, question)).rejects.toThrow('give reply() a read')
})
