import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { rules } from './testing/files.ts'
import { selectorsOf } from './testing/queries.ts'

interface Alert {
  readonly alert: string
  readonly expr: string
  readonly labels: Record<string, string>
  readonly annotations: Record<string, string>
}

interface Trial {
  readonly expr: string
  readonly exp_samples?: readonly { readonly labels: string }[]
}

const alerts = rules('shop').flatMap(({ groups }) => groups.flatMap((group) => group.rules as readonly Alert[]))
const inTheHandlerChart = [
  ...readFileSync('charts/handler/templates/prometheusrule.yaml', 'utf8').matchAll(/- alert: (\w+)/g),
].map(([, name]) => name!)
const names = [...alerts.map(({ alert }) => alert), ...inTheHandlerChart]

const trials = ['charts/system/rules/tests', 'charts/testing'].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => parse(readFileSync(join(folder, name), 'utf8')) as { tests: { promql_expr_test: Trial[] }[] })
    .flatMap(({ tests }) => tests.flatMap(({ promql_expr_test }) => promql_expr_test)),
)
const trialsOf = (alert: string) => trials.filter(({ expr }) => expr.includes(`alertname="${alert}"`))

test('every alert has a unique name', () => {
  expect(names.length).toBeGreaterThan(15)
  expect(new Set(names).size).toBe(names.length)
})

test.each(names)('%s has a rule test in which it fires and one in which it stays quiet', (alert) => {
  const fires = ({ exp_samples = [] }: Trial) => exp_samples.length > 0
  expect(trialsOf(alert).filter(fires)).not.toEqual([])
  expect(trialsOf(alert).filter((trial) => !fires(trial))).not.toEqual([])
})

test.each(names)('%s has a section that explains the remedy', (alert) => {
  expect(readFileSync('docs/observability.md', 'utf8')).toContain(`\n### ${alert}\n`)
})

describe.each(alerts)('$alert', ({ alert, expr, labels, annotations }) => {
  test('queries the namespace of its release only', () => {
    expect(selectorsOf(expr)).not.toEqual([])
    for (const selector of selectorsOf(expr)) expect(selector).toContain('{namespace="shop"')
  })

  test('has a severity, a summary, a description and a runbook', () => {
    expect(['critical', 'warning', 'info']).toContain(labels.severity)
    expect(Object.keys(annotations)).toEqual(['summary', 'description', 'runbook'])
    expect(annotations.runbook).toBe(`docs/observability.md#${alert.toLowerCase()}`)
  })

  test('refers only to labels that it has', () => {
    const [fired] = trialsOf(alert).flatMap(({ exp_samples = [] }) => exp_samples)
    const has = [...(fired?.labels ?? '').matchAll(/(\w+)="/g)].map(([, label]) => label)
    const named = [
      ...Object.values(annotations)
        .join(' ')
        .matchAll(/\$labels\.(\w+)/g),
    ].map(([, label]) => label)
    expect(named.filter((label) => !has.includes(label))).toEqual([])
  })
})
