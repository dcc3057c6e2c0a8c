import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { deadReasons } from '../message/dead-reason.ts'
import { recordType } from '../envelope.ts'
import { keepsOrder } from '../manifest/order.ts'
import type { Manifest } from '../manifest/schema.ts'
import type { Occurrence } from '../on.ts'
import { tiers } from '../topology/tiers.ts'

/** The exchanges that a handler publishes to. */
const exchanges = ['commands', 'events', 'broadcast', 'notify', 'delay', 'dead']

/** The metrics of a handler. Label values come from closed sets: contracts, outcomes, reasons, dependencies that the code names. */
export type Metrics = ReturnType<typeof createMetrics>

/** Counts an occurrence, after its transaction has been committed: a count cannot be taken back. */
export function countOccurrence(
  { sagaStarted, sagaEnded, sagaStuck, scheduleRan, scheduleLate }: Metrics,
  occurrence: Occurrence,
): void {
  switch (occurrence.what) {
    case 'saga started':
      return sagaStarted.inc({ saga: occurrence.saga }, occurrence.times)
    case 'saga ended':
      return sagaEnded.inc({ saga: occurrence.saga, status: occurrence.status, step: occurrence.step })
    case 'saga stuck':
      return sagaStuck.inc({ saga: occurrence.saga }, occurrence.times)
    case 'schedule ran':
      scheduleRan.set({ schedule: occurrence.schedule }, occurrence.at.getTime() / 1_000)
      return scheduleLate.set({ schedule: occurrence.schedule }, occurrence.late)
  }
}

/**
 * Every line carries the handler's name. Counters of events that should never happen exist from the start, as 0: an alert can
 * distinguish "no errors" from "no data".
 *
 * @param live values read at scrape time: how many messages are held, and which routes are blocked
 */
export function createMetrics(
  manifest: Manifest,
  version: string,
  { inFlight, blocked }: { inFlight: () => number; blocked: () => readonly { readonly exchange: string }[] },
) {
  const { name, handles, subscribes, records, asks, answers, hears, retry, database } = manifest
  const registry = new Registry()
  registry.setDefaultLabels({ handler: name })
  const registers = [registry]
  addProcessMetrics(registers)
  new Gauge({ name: 'warren_build_info', help: 'Always 1', labelNames: ['version'], registers }).set({ version }, 1)

  const metrics = {
    registry,
    handled: new Counter({
      name: 'warren_handled_total',
      help: 'Messages by outcome',
      labelNames: ['type', 'outcome'],
      registers,
    }),
    ageSeconds: new Histogram({
      name: 'warren_message_age_seconds',
      help: 'From the first publish of a message until it was done, its retries included',
      labelNames: ['type'],
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600],
      registers,
    }),
    retries: new Counter({
      name: 'warren_retries_total',
      help: 'Messages put off for another attempt',
      labelNames: ['type'],
      registers,
    }),
    putOff: new Counter({
      name: 'warren_put_off_total',
      help: 'Messages sent to a wait queue, from which they come back after the time that names it',
      labelNames: ['tier'],
      registers,
    }),
    dead: new Counter({
      name: 'warren_dead_total',
      help: 'Messages sent to the dead letters',
      labelNames: ['reason'],
      registers,
    }),
    stuck: new Counter({
      name: 'warren_stuck_total',
      help: 'Attempts beyond the last one of messages that are retried forever',
      labelNames: ['type'],
      registers,
    }),
    asked: new Counter({
      name: 'warren_asked_total',
      help: 'Questions asked, by what came of them',
      labelNames: ['type', 'outcome'],
      registers,
    }),
    answered: new Counter({
      name: 'warren_answered_total',
      help: 'Questions taken from the queue, by what came of them',
      labelNames: ['type', 'outcome'],
      registers,
    }),
    parkedKeys: keepsOrder(manifest)
      ? new Gauge({
          name: 'warren_parked_keys',
          help: 'Keys of an ordered handler whose messages wait for an earlier one: waiting to be tried again, or resting',
          labelNames: ['state'],
          registers,
        })
      : undefined,
    returned: new Counter({
      name: 'warren_returned_total',
      help: 'Messages that no queue was bound for',
      labelNames: ['exchange'],
      registers,
    }),
    refused: new Counter({
      name: 'warren_refused_total',
      help: 'Messages that the broker refused, or that cannot be encoded',
      labelNames: ['exchange', 'fate'],
      registers,
    }),
    broadcasts: new Counter({
      name: 'warren_broadcasts_total',
      help: 'Broadcasts by outcome: heard, failed in the function that hears them, or malformed',
      labelNames: ['type', 'outcome'],
      registers,
    }),
    blocked: new Gauge({
      name: 'warren_blocked_routes',
      help: 'Types of messages that the broker currently does not accept',
      labelNames: ['exchange'],
      registers,
      collect() {
        for (const exchange of exchanges) this.set({ exchange }, 0)
        for (const { exchange } of blocked()) this.inc({ exchange })
      },
    }),
    paused: new Gauge({
      name: 'warren_paused',
      help: '1 while the handler waits for a dependency',
      labelNames: ['dependency'],
      registers,
    }),
    inFlight: new Gauge({
      name: 'warren_in_flight',
      help: 'Messages held and not yet acknowledged',
      registers,
      collect() {
        this.set(inFlight())
      },
    }),
    groupSize: new Histogram({
      name: 'warren_group_size',
      help: 'Messages in one transaction',
      buckets: [1, 2, 5, 10, 20, 50, 100],
      registers,
    }),
    callSeconds: new Histogram({
      name: 'warren_call_seconds',
      help: 'How long calls took',
      labelNames: ['type'],
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 5, 10, 30],
      registers,
    }),
    sagaStarted: new Counter({
      name: 'warren_saga_started_total',
      help: 'Sagas that have begun',
      labelNames: ['saga'],
      registers,
    }),
    sagaEnded: new Counter({
      name: 'warren_saga_ended_total',
      help: 'Sagas that are done or failed, and the step that failed',
      labelNames: ['saga', 'status', 'step'],
      registers,
    }),
    sagaStuck: new Counter({
      name: 'warren_saga_stuck_total',
      help: 'Deadlines that passed behind the pivot, where a saga can only go on',
      labelNames: ['saga'],
      registers,
    }),
    timerFailures: new Counter({
      name: 'warren_timer_failures_total',
      help: 'Rows that were due and could not be handled: timers and runs of schedules, tried again every 30 s',
      labelNames: ['type'],
      registers,
    }),
    scheduleRan: new Gauge({
      name: 'warren_schedule_ran_timestamp_seconds',
      help: 'When a schedule last ran',
      labelNames: ['schedule'],
      registers,
    }),
    scheduleLate: new Gauge({
      name: 'warren_schedule_late_seconds',
      help: 'How late its last run was',
      labelNames: ['schedule'],
      registers,
    }),
  }

  for (const type of [...handles, ...subscribes.map(({ type }) => type), ...(records ? [recordType] : [])]) {
    metrics.handled.inc({ type, outcome: 'done' }, 0)
    metrics.retries.inc({ type }, 0)
  }
  for (const type of asks)
    for (const outcome of ['answered', 'failed', 'unanswered']) metrics.asked.inc({ type, outcome }, 0)
  for (const type of answers) for (const outcome of ['answered', 'failed']) metrics.answered.inc({ type, outcome }, 0)
  for (const type of hears)
    for (const outcome of ['heard', 'failed', 'malformed']) metrics.broadcasts.inc({ type, outcome }, 0)
  for (const tier of tiers) metrics.putOff.inc({ tier }, 0)
  for (const reason of deadReasons) metrics.dead.inc({ reason }, 0)
  for (const type of retry.forever) metrics.stuck.inc({ type }, 0)
  for (const exchange of exchanges) {
    // An event may have no subscriber, so none is returned.
    if (exchange !== 'events' && exchange !== 'notify') metrics.returned.inc({ exchange }, 0)
    metrics.refused.inc({ exchange, fate: 'refused' }, 0)
  }
  if (database) metrics.paused.set({ dependency: 'database' }, 0)
  return metrics
}

/**
 * The metrics of prom-client's default set, under the same names, that show whether a replica is at its limit. The whole set costs
 * ten times as many lines, and a timer that fires a hundred times a second in every idle replica.
 */
function addProcessMetrics(registers: Registry[]) {
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time used',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    },
  })
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory in use',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  new Gauge({
    name: 'nodejs_heap_size_used_bytes',
    help: 'Part of it that is JavaScript objects',
    registers,
    collect() {
      this.set(process.memoryUsage().heapUsed)
    },
  })
}
