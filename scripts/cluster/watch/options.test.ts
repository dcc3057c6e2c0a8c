import { watchOptions } from './options.ts'

test('without options it is the live table of namespace shop', () => {
  expect(watchOptions([])).toEqual({ namespace: 'shop', once: false, json: false, record: undefined })
})

test('it can be asked once, as JSON, recorded, and elsewhere', () => {
  expect(watchOptions(['--once', '--json', '--record', 'scaling.txt', '--namespace', 'mine'])).toEqual({
    namespace: 'mine',
    once: true,
    json: true,
    record: 'scaling.txt',
  })
  expect(watchOptions(['-h'])).toBeUndefined()
  expect(() => watchOptions(['--often'])).toThrow("Unknown option '--often'")
})
