import { onRecord } from '../record.ts'
import { agreement, parseManifest } from './index.ts'

const journal = { records: 'all', database: true }

test.each([
  [{ records: 'all' }, 'database must be true, because records needs an inbox to record each once'],
  [{ ...journal, handles: ['a.b.v1'] }, 'handles must not be set beside records, which takes every message'],
  [{ ...journal, subscribes: ['a.b.v1'] }, 'subscribes must not be set beside records, which takes every message'],
  [{ ...journal, records: 'some' }, 'records must be all'],
])('%j is refused', (content, sentence) => {
  expect(() => parseManifest('keeper', content)).toThrow(sentence)
})

test('records in handler.yaml and onRecord in the code need each other', () => {
  const record = onRecord(async () => undefined)
  expect(agreement(parseManifest('keeper', journal), [record])).toEqual([])
  expect(agreement(parseManifest('keeper', { database: true }), [record])).toEqual([
    'handlers/keeper/handler.yaml: records must be all, because handler.ts calls onRecord',
  ])
  expect(agreement(parseManifest('keeper', journal), [])).toEqual([
    'handlers/keeper/handler.yaml: records needs exactly one onRecord in handler.ts (got 0)',
  ])
})
