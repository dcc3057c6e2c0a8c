import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { chartTest } from './testing/needs-helm.ts'

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }

for (const name of ['handler', 'shop'])
  chartTest(
    `the packaged chart ${name} carries the version of package.json, as its own and as that of the images`,
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'package-'))
      try {
        expect(spawnSync('helm', ['package', `charts/${name}`, '--destination', folder]).status).toBe(0)
        expect(readdirSync(folder)).toEqual([`${name}-${version}.tgz`])
        const { stdout } = spawnSync('helm', ['show', 'chart', join(folder, `${name}-${version}.tgz`)], {
          encoding: 'utf8',
        })
        expect(parse(stdout)).toMatchObject({ name, version, appVersion: version })
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
  )
