import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** What a handler counts. Labels come from closed sets: contracts, outcomes, reasons, dependencies that the code names. */
export type Metrics = ReturnType<typeof createMetrics>

/** @param inFlight how many messages are held, asked when the metrics are */
export function createMetrics(inFlight: () => number) {
  const registry = new Registry()
  const registers = [registry]
  return {
    registry,
    handled: new Counter({
      name: 'warren_handled_total',
      help: 'Messages by what became of them',
      labelNames: ['type', 'outcome'],
      registers,
    }),
    retries: new Counter({
      name: 'warren_retries_total',
      help: 'Messages put off for another attempt',
      labelNames: ['type'],
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
      help: 'Attempts beyond the last one of messages that are retried for ever',
      labelNames: ['type'],
      registers,
    }),
    returned: new Counter({
      name: 'warren_returned_total',
      help: 'Messages that no queue wanted',
      labelNames: ['exchange'],
      registers,
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
  }
}
