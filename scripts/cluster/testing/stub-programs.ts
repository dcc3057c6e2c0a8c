import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Programs that stand in for real ones: the only ones on PATH until they are taken away. */
export interface StubPrograms {
  /** How they were called so far, in this order, each as a line. */
  calls(): string[]
  remove(): void
}

/**
 * @param scripts what each program does, in the shell's own words: no other program is on PATH
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
