import { readdirSync, readFileSync } from 'node:fs'

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly datasource: object
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[]
  readonly fieldConfig: { readonly defaults: { readonly unit?: string } }
}

interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly templating: { readonly list: readonly { readonly name: string; readonly datasource?: object }[] }
  readonly panels: readonly Panel[]
}

const folder = 'charts/system/dashboards'
const dashboards = readdirSync(folder).map((name) => ({
  name: name.replace('.json', ''),
  ...(JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as Dashboard),
}))
const chosen = { type: 'prometheus', uid: '${datasource}' }

test('there are dashboards for queues, handlers, sagas, dead letters and scaling', () => {
  expect(dashboards.map(({ name }) => name)).toEqual(['dead-letters', 'handlers', 'queues', 'saga', 'scaling'])
})

describe.each(dashboards)('$title', ({ name, uid, title, description, templating, panels }) => {
  test('has a stable address for links', () => {
    expect(uid).toBe(`warren-${name}`)
    expect(title).toBe(`Warren: ${name.replace('-', ' ')}`)
    expect(description).not.toBe('')
  })

  test('shows any namespace of any Prometheus', () => {
    expect(templating.list.map(({ name }) => name).slice(0, 2)).toEqual(['datasource', 'namespace'])
    for (const { datasource } of templating.list.slice(1)) expect(datasource).toEqual(chosen)
    for (const { targets } of panels)
      for (const { expr } of targets)
        expect([...expr.matchAll(/\{/g)].length).toBe([...expr.matchAll(/\{namespace="\$namespace"/g)].length)
  })

  test('has few panels, each a question with a unit and a legend', () => {
    expect(panels.length).toBeLessThanOrEqual(10)
    for (const { title, datasource, targets, fieldConfig } of panels) {
      expect(title).toMatch(/^[A-Z].*\?$/)
      expect([title, datasource]).toEqual([title, chosen])
      expect([title, fieldConfig.defaults.unit]).toEqual([title, expect.stringMatching(/./)])
      for (const { legendFormat } of targets) expect([title, legendFormat]).toEqual([title, expect.stringMatching(/./)])
    }
  })

  test('no panel overlaps another one', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)}/${y + Math.floor(index / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    for (const { x, w } of panels.map(({ gridPos }) => gridPos)) expect(x + w).toBeLessThanOrEqual(24)
  })
})

test('legends use only labels that their queries keep', () => {
  for (const { panels } of dashboards)
    for (const { title, targets } of panels)
      for (const { expr, legendFormat } of targets) {
        const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!)
        const kept = [...expr.matchAll(/by \(([^)]+)\)/g)].flatMap(([, labels]) => labels!.split(', '))
        const made = [...expr.matchAll(/label_replace\(.+, "(\w+)", "\$1"/g)].map(([, label]) => label!)
        expect([title, named.filter((label) => ![...kept, ...made].includes(label))]).toEqual([title, []])
      }
})
