/** A question to Prometheus, and who asks it. */
export interface Query {
  /** Such as `Warren: queues: How many messages wait?` */
  readonly where: string
  readonly expr: string
}

/** What a dashboard of Grafana asks: the part of its JSON that matters here. */
export interface Dashboard {
  readonly title: string
  readonly templating: {
    readonly list: readonly {
      readonly name: string
      readonly query: string | { readonly query: string }
    }[]
  }
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[]
}

/** A file of alert rules, as Prometheus reads it; also what a PrometheusRule holds. */
export interface RuleGroups {
  readonly groups: readonly {
    readonly name: string
    readonly rules: readonly { readonly alert: string; readonly expr: string }[]
  }[]
}

/**
 * Every query of dashboards and rules, ready to be asked: with everything for each variable, and 1 m or 15 m for Grafana's own windows.
 * An alert that does not fire answers with nothing, so the series that it looks at are asked for instead.
 *
 * @throws Error when a dashboard names a variable that it does not have
 */
export function queriesOf(
  dashboards: readonly Dashboard[],
  rules: readonly RuleGroups[],
  namespace: string,
): readonly Query[] {
  return [
    ...dashboards.flatMap((dashboard) => queriesOfDashboard(dashboard, namespace)),
    ...rules.flatMap(queriesOfRules),
  ]
}

function queriesOfDashboard({ title, templating, panels }: Dashboard, namespace: string): Query[] {
  const values = new Map<string, string>([
    ['__rate_interval', '1m'],
    ['__range', '15m'],
    ...templating.list.map(({ name }) => [name, '.+'] as const),
    ['namespace', namespace],
  ])
  const filled = (where: string, expr: string): Query => ({
    where,
    expr: expr.replaceAll(/\$([a-z_]\w*)/g, (_, name: string) => {
      const value = values.get(name)
      if (value === undefined) throw new Error(`${where}: $${name} is no variable of this dashboard`)
      return value
    }),
  })
  return [
    ...templating.list.flatMap(({ name, query }) => {
      const [, series] = /^label_values\((.+), \w+\)$/.exec(typeof query === 'string' ? query : query.query) ?? []
      return series === undefined ? [] : [filled(`${title}: the list of ${name}`, series)]
    }),
    ...panels.flatMap((panel) => panel.targets.map(({ expr }) => filled(`${title}: ${panel.title}`, expr))),
  ]
}

function queriesOfRules({ groups }: RuleGroups): Query[] {
  return groups.flatMap(({ rules }) =>
    rules.flatMap(({ alert, expr }) =>
      [...new Set(selectorsOf(expr))].map((series) => ({ where: alert, expr: series })),
    ),
  )
}

/** The series that an expression looks at: `name{…}`, without window and offset. */
export function selectorsOf(expr: string): string[] {
  return [...expr.matchAll(/[a-zA-Z_:][\w:]*\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\}/g)].map(([series]) => series)
}
