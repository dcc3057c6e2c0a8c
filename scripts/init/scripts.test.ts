import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { scriptsOf } from './scripts.ts'

const commands = readdirSync('scripts')
  .filter((file) => /^[a-z-]+\.ts$/.test(file) && !['own-files.ts', 'package.ts'].includes(file))
  .map((file) => file.replace('.ts', ''))
  .sort()

test('warren lists every command', async () => {
  const entry: string = '../warren.mjs'
  const { commands: listed } = (await import(entry)) as { commands: Record<string, string> }
  expect(Object.keys(listed).sort()).toEqual(commands)
})

test('a system has a script for every command but the one that begins it, and none for others', () => {
  const called = Object.values(scriptsOf()).map((script) => script.replace('warren ', ''))
  expect([...called, 'init'].sort()).toEqual(commands)
})

test('this repository has the scripts of a system under the same names', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  const missing = Object.keys(scriptsOf()).filter((name) => !(name in scripts))
  expect(missing).toEqual([])
  const files = Object.values(scripts).flatMap(
    (script) => /^exec node scripts\/warren\.mjs (\S+)/.exec(script)?.[1] ?? [],
  )
  expect(files.filter((file) => !existsSync(`scripts/${file}.ts`))).toEqual([])
})
