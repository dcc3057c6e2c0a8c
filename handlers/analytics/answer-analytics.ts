import { mostOfFailures, mostOfSales, ReadAnalytics } from '#contracts'
import { answer } from 'warren'
import type * as z from 'zod'
import { steps, zone } from './count.ts'

type Reply = z.output<typeof ReadAnalytics.reply>

/** Answers with the counts of the latest days. */
export const answerAnalytics = answer(ReadAnalytics, async ({ days }, { read }) => {
  const sales = await read<Reply['sales'][number]>(readSales, [days, mostOfSales + 1])
  const funnel = await read<Reply['funnel']>(readFunnel, [days])
  const failures = await read<Reply['failures'][number]>(readFailures, [days, mostOfFailures + 1])
  return {
    sales: sales.rows.slice(0, mostOfSales),
    funnel: funnel.rows[0]!,
    failures: failures.rows.slice(0, mostOfFailures),
    complete: sales.rows.length <= mostOfSales && failures.rows.length <= mostOfFailures,
  }
})

const latest = `day > (now() at time zone '${zone}')::date - $1::int`

// Sums are floating-point numbers, exact up to 2^53 cents: PostgreSQL's larger integers would arrive as text.
const readSales = `
  select day::text, country, currency, created as orders, confirmed, revenue::float8 as revenue
  from days where ${latest} and created > 0 order by days.day desc, country, currency limit $2`

const readFunnel = `
  select ${['created', ...steps].map((step) => `coalesce(sum(${step}), 0)::float8 as ${step}`).join(', ')}
  from days where ${latest}`

const readFailures = `
  select step, reason, sum(orders)::float8 as orders from failures where ${latest}
  group by step, reason having sum(orders) > 0 order by 3 desc, step, reason limit $2`
