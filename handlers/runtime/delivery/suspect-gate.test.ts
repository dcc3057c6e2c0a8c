import { SuspectGate, type Company } from './suspect-gate.ts'

/** What has begun, in order, and functions that begin and end work. */
function gate() {
  const gate = new SuspectGate()
  const begun: string[] = []
  const enter = (name: string, company: Company = 'any') => {
    const turn = gate.enter(company)
    if (turn) void turn.then(() => begun.push(name))
    else begun.push(name)
  }
  const leave = async (company: Company = 'any') => {
    gate.leave(company)
    await new Promise(setImmediate)
  }
  return { begun, enter, leave }
}

test('without a suspect nothing waits', () => {
  const { begun, enter } = gate()
  for (const name of ['a', 'b', 'c']) enter(name)
  expect(begun).toEqual(['a', 'b', 'c'])
})

test('work without company waits for all that runs, and what comes after it waits for nothing else', async () => {
  const { begun, enter, leave } = gate()
  enter('a')
  enter('b', 'few')
  enter('alone', 'none')
  enter('c')
  enter('d', 'few')
  expect(begun).toEqual(['a', 'b'])
  await leave()
  expect(begun).toEqual(['a', 'b'])
  await leave('few')
  expect(begun).toEqual(['a', 'b', 'alone'])
  await leave('none')
  expect(begun).toEqual(['a', 'b', 'alone', 'c', 'd'])
})

test('work without company goes one after another', async () => {
  const { begun, enter, leave } = gate()
  for (const name of ['a', 'b']) enter(name, 'none')
  expect(begun).toEqual(['a'])
  await leave('none')
  expect(begun).toEqual(['a', 'b'])
  enter('c')
  expect(begun).toEqual(['a', 'b'])
  await leave('none')
  expect(begun).toEqual(['a', 'b', 'c'])
})

test('of suspects ten run at once, beside others', async () => {
  const { begun, enter, leave } = gate()
  enter('other')
  const suspects = Array.from({ length: 12 }, (_, index) => `suspect ${index}`)
  for (const name of suspects) enter(name, 'few')
  expect(begun).toEqual(['other', ...suspects.slice(0, 10)])
  await leave('few')
  expect(begun).toEqual(['other', ...suspects.slice(0, 11)])
})
