import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Programs that stand in for real ones: the only ones on PATH until they are removed. */
export interface StubPrograms {
  /** The calls so far, in order, a line each. */
  calls(): string[]
  remove(): void
}

/**
 * @param scripts a shell script for each program: no other program is on PATH
 */
export function stubPrograms(scripts: Readonly<Record<string, string>>): StubPrograms {
  const folder = mkdtempSync(join(tmpdir(), 'warren-stubs-'))
  const record = join(folder, 'calls')
  writeFileSync(record, '')
  for (const [program, script] of Object.entries(scripts)) {
    const text = `#!/bin/sh\necho "\${0##*/} $*" >>'${record}'\n${script}\n`
    writeFileSync(join(folder, program), text, { mode: 0o755 })
  }
  const path = process.env.PATH
  process.env.PATH = folder
  return {
    calls: () => readFileSync(record, 'utf8').split('\n').filter(Boolean),
    remove() {
      process.env.PATH = path
      rmSync(folder, { recursive: true })
    },
  }
}
