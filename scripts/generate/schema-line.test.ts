import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadManifests } from '#runtime/manifest/index.ts'
import { content } from '#runtime/manifest/schema.ts'
import { withSchema } from './schema-line.ts'

test('the first line of a handler.yaml names its schema, and nothing else of the file changes', () => {
  const line = '# yaml-language-server: $schema=../schema.json\n'
  expect(withSchema('# Mails.\ntimeout: 5s\n', '../schema.json')).toBe(`${line}# Mails.\ntimeout: 5s\n`)
  expect(withSchema('', '../schema.json')).toBe(line)
})

test('a line that names another schema is replaced, and a right one stays', () => {
  const wrong = withSchema('timeout: 5s\n', 'gone.json')
  const right = withSchema('timeout: 5s\n', '../schema.json')
  expect(withSchema(wrong, '../schema.json')).toBe(right)
  expect(withSchema(right, '../schema.json')).toBe(right)
})

test('each handler.yaml names a schema that exists, with the keys of a handler.yaml and no others', () => {
  for (const { name } of loadManifests('handlers')) {
    const folder = join('handlers', name)
    const [first = ''] = readFileSync(join(folder, 'handler.yaml'), 'utf8').split('\n')
    const path = first.replace('# yaml-language-server: $schema=', '')
    const schema = JSON.parse(readFileSync(join(folder, path), 'utf8')) as { properties: object }
    expect(Object.keys(schema.properties)).toEqual(Object.keys(content.shape))
  }
})
