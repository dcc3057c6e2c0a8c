import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { parseManifest } from '#runtime/manifest/index.ts'
import { generatedFiles } from './files.ts'
import { systemValues } from './system-values.ts'
import { whereItRuns } from './where-it-runs.ts'

test.each(Object.entries(generatedFiles()))('%s is what `npm run generate` writes', (path, text) => {
  expect(readFileSync(path, 'utf8')).toBe(text)
})

test("the chart's values are the runtime's defaults, and a place to run", () => {
  const values = Object.entries(parse(readFileSync('charts/handler/values.yaml', 'utf8')) as object)
  const isPlace = ([key]: [string, unknown]) => key in whereItRuns.shape
  const content = Object.fromEntries(values.filter((entry) => !isPlace(entry)))

  expect(parseManifest('any', content)).toEqual(parseManifest('any', {}))
  expect(Object.keys({ name: 'any', ...content }).sort()).toEqual(Object.keys(parseManifest('any', {})).sort())
  expect(() => whereItRuns.parse(Object.fromEntries(values.filter(isPlace)))).not.toThrow()
})

test.each([
  ['charts/handler', whereItRuns],
  ['charts/system', systemValues],
])('docs/production.md names every value of %s that no handler.yaml contains', (_, values) => {
  const text = readFileSync('docs/production.md', 'utf8')
  const named = (key: string) => new RegExp(`\`${key}[\`.:]`).test(text)
  // `global` is Helm's, for charts that contain this one.
  expect(Object.keys(values.shape).filter((key) => key !== 'global' && !named(key))).toEqual([])
})
