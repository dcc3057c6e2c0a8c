import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { needs, promtool } from './testing/needs-promtool.ts'
import { only, render } from './testing/render.ts'

const folder = 'charts/system/rules'
const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'))

test('every rule file has a rule test', () => {
  expect(names.length).toBeGreaterThan(0)
  expect(readdirSync(join(folder, 'tests'))).toEqual(names)
})

for (const name of names) {
  needs('promtool')(`${name}: every alert fires when it must and stays quiet otherwise`, () => {
    promtool('check', 'rules', join(folder, name))
    promtool('test', 'rules', join(folder, 'tests', name))
  })
}

for (const handler of ['gateway', 'audit']) {
  needs('promtool', 'helm')(`the own alerts of ${handler} fire when they must and stay quiet otherwise`, () => {
    const temporary = mkdtempSync(join(tmpdir(), 'alerts-'))
    try {
      const objects = render({
        chart: 'charts/handler',
        release: handler,
        values: [`handlers/${handler}/handler.yaml`],
        apis: ['monitoring.coreos.com/v1/PrometheusRule'],
      })
      const { groups } = only(objects, 'PrometheusRule').spec
      writeFileSync(join(temporary, `${handler}.yaml`), stringify({ groups }))
      copyFileSync(`charts/testing/${handler}-alerts.yaml`, join(temporary, 'tests.yaml'))
      promtool('check', 'rules', join(temporary, `${handler}.yaml`))
      promtool('test', 'rules', join(temporary, 'tests.yaml'))
    } finally {
      rmSync(temporary, { recursive: true })
    }
  })
}
