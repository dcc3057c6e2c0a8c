/** A Prometheus query and its origin. */
export interface Query {
  /** For example `Warren: queues: How many messages wait?` */
  readonly where: string
  readonly expr: string
}

/** The queries of a Grafana dashboard: the relevant part of its JSON. */
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

/** A Prometheus alert rule file; also the specification of a PrometheusRule. */
export interface RuleGroups {
  readonly groups: readonly {
    readonly name: string
    readonly rules: readonly { readonly alert: string; readonly expr: string }[]
  }[]
}

/**
 * Every query of the dashboards and rules, ready to run: each variable selects everything, and Grafana's own windows become 1 m or 15 m.
 * An alert that does not fire returns nothing, so the series that it watches are queried instead.
 *
 * @throws Error if a dashboard uses an undefined variable
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
      if (value === undefined) throw new Error(`${where}: $${name} is not a variable of this dashboard`)
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

/** The series that an expression reads: `name{…}`, without window and offset. */
export function selectorsOf(expr: string): string[] {
  return [...expr.matchAll(/[a-zA-Z_:][\w:]*\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\}/g)].map(([series]) => series)
}
