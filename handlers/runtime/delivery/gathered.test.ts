import { gathered } from './gathered.ts'

test('what is asked while an answer is under way is asked together', async () => {
  const asked: (readonly string[])[] = []
  const lengthOf = gathered(async (ids) => {
    asked.push(ids)
    await new Promise(setImmediate)
    return new Map(ids.map((id) => [id, id.length]))
  })
  const first = lengthOf('a')
  await Promise.resolve()
  const others = ['bb', 'ccc'].map(lengthOf)
  expect(await Promise.all([first, ...others])).toEqual([1, 2, 3])
  expect(asked).toEqual([['a'], ['bb', 'ccc']])
})

test('a failure concerns only what was asked together', async () => {
  const answer = gathered((ids) =>
    ids.includes('bad') ? Promise.reject(new Error('no')) : Promise.resolve(new Map(ids.map((id) => [id, true]))),
  )
  await expect(answer('bad')).rejects.toThrow('no')
  expect(await answer('good')).toBe(true)
})
