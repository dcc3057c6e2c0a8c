import { queriesOf, selectorsOf, type Dashboard } from './queries.ts'

const dashboard = (expr: string): Dashboard => ({
  title: 'Queues',
  templating: {
    list: [
      { name: 'datasource', query: 'prometheus' },
      { name: 'namespace', query: { query: 'label_values(depth, namespace)' } },
      { name: 'handler', query: { query: 'label_values(depth{namespace="$namespace", queue!~"a{2}"}, queue)' } },
    ],
  },
  panels: [{ title: 'How many wait?', targets: [{ expr }] }],
})

test('a query runs for its namespace, for every value of the other variables, and over a window', () => {
  const panel = dashboard(
    'rate(depth{namespace="$namespace", queue=~"($handler)[.]dead"}[$__rate_interval]) offset $__range',
  )
  expect(queriesOf([panel], [], 'shop-1')).toContainEqual({
    where: 'Queues: How many wait?',
    expr: 'rate(depth{namespace="shop-1", queue=~"(.+)[.]dead"}[1m]) offset 15m',
  })
})

test('the queries of variables run too', () => {
  expect(queriesOf([dashboard('up')], [], 'shop')).toEqual([
    { where: 'Queues: the list of namespace', expr: 'depth' },
    { where: 'Queues: the list of handler', expr: 'depth{namespace="shop", queue!~"a{2}"}' },
    { where: 'Queues: How many wait?', expr: 'up' },
  ])
})

test('an undefined variable is an error; a group reference in a regular expression is not', () => {
  expect(() => queriesOf([dashboard('depth{queue="$queue"}')], [], 'shop')).toThrow(
    'Queues: How many wait?: $queue is not a variable of this dashboard',
  )
  const replaced = 'label_replace(depth, "handler", "$1", "queue", "(.+)")'
  expect(queriesOf([dashboard(replaced)], [], 'shop').at(-1)?.expr).toBe(replaced)
})

test('an alert, which returns nothing while all is well, is replaced by the series it watches, each once', () => {
  const expr = `depth{queue=~".+[.]dead"} - min_over_time(depth{queue=~".+[.]dead"}[15m]) > 0 unless busy{a="}\\"{"} offset 1h`
  const rules = { groups: [{ name: 'queues', rules: [{ alert: 'Dead', expr }] }] }
  expect(queriesOf([], [rules], 'shop')).toEqual([
    { where: 'Dead', expr: 'depth{queue=~".+[.]dead"}' },
    { where: 'Dead', expr: 'busy{a="}\\"{"}' },
  ])
})

test('functions and labels are not series', () => {
  expect(selectorsOf('sum by (queue) (rate(acked_total{queue="a"}[5m])) > 1')).toEqual(['acked_total{queue="a"}'])
})
