import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Dashboard, RuleGroups } from './queries.ts'

/** The dashboards in charts/system. */
export function dashboards(): Dashboard[] {
  return read('charts/system/dashboards', '.json').map((text) => JSON.parse(text) as Dashboard)
}

/** The alert rules in charts/system, as the chart renders them for a namespace. */
export function rules(namespace: string): RuleGroups[] {
  const texts = read('charts/system/rules', '.yaml')
  return texts.map((text) => parse(text.replaceAll('namespace="system"', `namespace="${namespace}"`)) as RuleGroups)
}

function read(folder: string, ending: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(ending))
  return names.map((name) => readFileSync(join(folder, name), 'utf8'))
}
