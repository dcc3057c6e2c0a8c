import { samples } from './metrics.ts'
import { tallyOf } from './activity.ts'

const exposition = (done: number, retried: number, { paused = 0, blocked = 0 } = {}) =>
  samples(`# HELP warren_handled_total Messages by what became of them
# TYPE warren_handled_total counter
warren_handled_total{type="order.place.v1",outcome="done"} ${done}
warren_handled_total{type="order.cancel.v1",outcome="done"} 1
warren_handled_total{type="order.place.v1",outcome="retried"} ${retried}
warren_retries_total{type="order.place.v1"} ${retried}
warren_put_off_total{tier="1s"} ${retried}
warren_put_off_total{tier="5s"} 0
warren_paused{dependency="bank"} ${paused}
warren_blocked_routes{exchange="commands"} 0
warren_blocked_routes{exchange="events"} ${blocked}
warren_in_flight 3
`)

const putOff = (count: number) => ({ '1s': count, '5s': 0, '30s': 0, '2m': 0, '10m': 0 })

test('the counters of all processes of a handler are added up', () => {
  const tally = tallyOf()
  const read = new Map([
    [1, exposition(10, 2)],
    [2, exposition(20, 0)],
  ])
  expect(tally(read)).toEqual({ done: 32, retries: 2, putOff: putOff(2), paused: [], blocked: [] })
})

test('the counts of a process stay in the totals after it has ended', () => {
  const tally = tallyOf()
  tally(new Map([[1, exposition(10, 2)]]))
  expect(tally(new Map([[2, exposition(5, 1)]]))).toEqual({
    done: 17,
    retries: 3,
    putOff: putOff(3),
    paused: [],
    blocked: [],
  })
  expect(tally(new Map())).toEqual({ done: 17, retries: 3, putOff: putOff(3), paused: [], blocked: [] })
})

test('a handler is paused exactly while one of its processes waits for a dependency', () => {
  const tally = tallyOf()
  const both = (paused: number) =>
    new Map([
      [1, exposition(0, 0)],
      [2, exposition(0, 0, { paused })],
    ])
  expect(tally(both(1)).paused).toEqual(['bank'])
  expect(tally(both(0)).paused).toEqual([])
})

test('a handler is blocked exactly while the broker does not accept messages of one of its processes', () => {
  const tally = tallyOf()
  const both = (blocked: number) =>
    new Map([
      [1, exposition(0, 0)],
      [2, exposition(0, 0, { blocked })],
    ])
  expect(tally(both(2)).blocked).toEqual(['events'])
  expect(tally(both(0)).blocked).toEqual([])
})
