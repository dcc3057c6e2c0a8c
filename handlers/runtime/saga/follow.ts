import type { AnyOutput } from '../later.ts'
import type { Batch, Subscription } from '../on.ts'
import { advance, timerName } from './advance.ts'
import type { Progress, Saga } from './saga.ts'
import { dropTimers, load, save, stepsUnknown } from './rows.ts'

/**
 * The subscriptions that run a saga: its start, every answer, its cancellation and its deadline. Needs `database: true`.
 *
 * They share one batch, so a group of messages costs one read and one write, however many sagas it moves.
 */
export function follow(saga: Saga): Subscription[] {
  const batch: Batch = {
    async run(items, { db, now, log, count }) {
      const keys = items.map(({ data }) => data[saga.key] as string)
      const before = await load(db, saga.name, keys)
      const after = new Map(before)
      let stuckNow = 0

      const said = items.map((item, index) => {
        const key = keys[index]!
        const { progress, outputs, stuck } = advance(saga, after.get(key), item, now)
        if (stuck) {
          log.error({ saga: saga.name, key, step: progress?.step }, 'saga stuck')
          stuckNow += 1
        }
        if (progress) after.set(key, progress)
        return outputs
      })

      const changed = [...after.values()].filter((progress) => progress !== before.get(progress.key))
      const rows = changed.map((progress) => withoutKnownStart(progress, before))
      const ends = changed.filter((progress) => endsNow(progress, before))
      const left = ends.filter(leavesItsTimer)
      const ended = new Set(left.map(({ key }) => timerName(saga, key)))
      const starts = changed.filter(({ key, start }) => start && !before.get(key)?.start)
      count({ what: 'saga started', saga: saga.name, times: starts.length })
      for (const { status, failure } of ends)
        count({ what: 'saga ended', saga: saga.name, status, step: failure?.step ?? '' })
      // Also when none is stuck, so that alerts find a zero instead of no sample.
      count({ what: 'saga stuck', saga: saga.name, times: stuckNow })
      await Promise.all([rows.length > 0 && save(db, saga.name, rows), ended.size > 0 && dropTimers(db, [...ended])])
      return ended.size > 0 ? said.map((outputs) => outputs.filter((output) => !isTimerOf(ended, output))) : said
    },

    async check(db) {
      const steps = saga.steps.map(({ name }) => name)
      const unknown = await stepsUnknown(db, saga.name, steps)
      if (!unknown.length) return undefined
      const stand = unknown.map(({ step, sagas }) => `${sagas} on ${step}`).join(', ')
      return `saga ${saga.name}: sagas in flight are waiting on steps that it no longer has (${stand}): keep each step until they have ended`
    },
  }
  const subject = saga.key
  return [...saga.roles.values()].map(({ contract }) => ({ contract, outputs: saga.outputs, batch, subject }))
}

function endsNow({ key, status }: Progress, before: ReadonlyMap<string, Progress>): boolean {
  const { status: was = 'running' } = before.get(key) ?? {}
  return was === 'running' && status !== 'running'
}

/** A deadline that ends its saga is a delivery in hand: its row is deleted once its outputs have been published, and not before. */
function leavesItsTimer({ failure }: Progress): boolean {
  return failure?.step !== 'deadline'
}

function withoutKnownStart(progress: Progress, before: ReadonlyMap<string, Progress>): Progress {
  return before.get(progress.key)?.start ? { ...progress, start: null } : progress
}

/** Whether an output is a deadline that this very group set for a saga and that ended with it. */
function isTimerOf(ended: ReadonlySet<string>, output: AnyOutput): boolean {
  return 'due' in output && output.name !== undefined && ended.has(output.name)
}
