import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { chartTest } from './testing/needs-helm.ts'
import { render, type KubernetesObject } from './testing/render.ts'

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }

for (const name of ['handler', 'system'])
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

for (const name of ['handler', 'system'])
  chartTest(`a new version of the chart ${name} alone replaces no pod`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'chart-'))
    try {
      cpSync(`charts/${name}`, folder, { recursive: true })
      const file = join(folder, 'Chart.yaml')
      writeFileSync(file, readFileSync(file, 'utf8').replace(/^version:.*$/m, 'version: 99.0.0+build.1'))
      const [before, after] = [`charts/${name}`, folder].map((chart) => pods(name, chart))
      expect(before).not.toEqual([])
      expect(after).toEqual(before)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

/** The pods that the objects of a chart own, and what the broker's operator copies to its pods. */
function pods(name: string, chart: string): unknown[] {
  const set = name === 'system' ? { prometheus: { enabled: true }, grafana: { enabled: true } } : {}
  return render({ chart, release: 'payments', set }).flatMap(({ kind, metadata, spec }: KubernetesObject) => {
    if (kind === 'RabbitmqCluster') return [{ metadata, spec }]
    return spec?.template === undefined ? [] : [spec.template]
  })
}
