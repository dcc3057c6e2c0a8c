import { decide, scaledTo, type ScaleRules } from './scaler.ts'

const rules: ScaleRules = { min: 0, max: 10, backlog: 20, cooldown: 60_000 }
const unread = undefined

/** Seconds, messages (ready + unacknowledged), due timers, and the replicas that the cluster would have from then on. */
type Row = readonly [seconds: number, messages: number | undefined, dueTimers: number | undefined, replicas: number]

function holds(promise: string, given: { rules?: Partial<ScaleRules>; replicas: number }, rows: readonly Row[]) {
  test(promise, () => {
    let state = scaledTo(given.replicas)
    const decided = rows.map(([seconds, messages, dueTimers]): Row => {
      state = decide(state, { messages, dueTimers }, { ...rules, ...given.rules }, seconds * 1_000)
      return [seconds, messages, dueTimers, state.replicas]
    })
    expect(decided).toEqual(rows)
  })
}

// KEDA, "Activating and Scaling thresholds": below one replica KEDA's operator decides, not the HPA;
// a trigger is active when its metric is strictly above `activationValue`, which is 0.
describe('from zero', () => {
  holds('an empty queue stays at zero', { replicas: 0 }, [
    [0, 0, 0, 0],
    [600, 0, 0, 0],
  ])
  holds('one message starts one replica', { replicas: 0 }, [[0, 1, 0, 1]])
  holds('a due timer starts one replica, without any message', { replicas: 0 }, [[0, 0, 1, 1]])
  holds('any number of messages starts one replica first; the next poll adds the others', { replicas: 0 }, [
    [0, 90, 0, 1],
    [5, 90, 0, 5],
  ])
})

// HPA, "Algorithm details": ceil(metric / target) for an average value, no change within a tolerance of 0.1.
describe('up', () => {
  const rowsFrom = (replicas: number, rows: [messages: number, wanted: number][]) =>
    rows.map(([messages, wanted]) => ({ replicas, messages, wanted }))

  test.each([
    ...rowsFrom(1, [
      [20, 1],
      [22, 1],
      [23, 2],
      [40, 2],
      [41, 3],
      [100, 5],
    ]),
    ...rowsFrom(4, [
      [80, 4],
      [88, 4],
      [89, 5],
      [160, 8],
    ]),
  ])('$messages messages on $replicas replicas need $wanted', ({ replicas, messages, wanted }) => {
    expect(decide(scaledTo(replicas), { messages, dueTimers: 0 }, rules, 0).replicas).toBe(wanted)
  })

  holds('the maximum is never exceeded', { rules: { max: 3 }, replicas: 1 }, [
    [0, 1_000, 0, 3],
    [60, 1_000, 0, 3],
  ])
  holds('a maximum of one is never exceeded', { rules: { max: 1 }, replicas: 0 }, [
    [0, 1_000, 0, 1],
    [5, 1_000, 0, 1],
  ])

  // HPA, "Default behavior": scaleUp has no window and adds at most 4 pods or 100 % per 15 s, whichever is more.
  holds('at most four replicas, or as many as there are, are added per 15 s', { rules: { max: 50 }, replicas: 1 }, [
    [0, 1_000, 0, 5],
    [5, 1_000, 0, 5],
    [14, 1_000, 0, 5],
    [15, 1_000, 0, 10],
    [30, 1_000, 0, 20],
    [45, 1_000, 0, 40],
    [60, 1_000, 0, 50],
  ])
  holds('replicas added in two steps count against the same period', { rules: { max: 50 }, replicas: 1 }, [
    [0, 60, 0, 3],
    [5, 1_000, 0, 5],
    [10, 1_000, 0, 5],
    [15, 1_000, 0, 7],
    [20, 1_000, 0, 10],
  ])
})

// HPA: with several metrics the highest wins. KEDA: any active trigger keeps the handler active.
describe('two triggers', () => {
  holds('a due timer needs one replica and removes none of those that the queue needs', { replicas: 1 }, [
    [0, 60, 1, 3],
    [5, 60, 1, 3],
  ])
  holds('a timer that stays due keeps one replica forever', { replicas: 0 }, [
    [0, 0, 1, 1],
    [60, 0, 1, 1],
    [3_600, 0, 1, 1],
  ])
  holds('the cooldown starts when the last trigger becomes inactive', { replicas: 1 }, [
    [0, 5, 1, 1],
    [30, 0, 1, 1],
    [90, 0, 0, 1],
    [91, 0, 0, 0],
  ])
})

// HPA, "Stabilization window": down to the highest that was wanted within the window, which the charts set to the cooldown.
describe('down', () => {
  holds('the replicas of a backlog that is gone stay for the window', { replicas: 1 }, [
    [0, 100, 0, 5],
    [10, 100, 0, 5],
    [20, 10, 0, 5],
    [69, 10, 0, 5],
    [70, 10, 0, 1],
  ])
  holds('replicas follow a shrinking backlog step by step, one window later', { replicas: 1 }, [
    [0, 100, 0, 5],
    [10, 60, 0, 5],
    [20, 40, 0, 5],
    [59, 20, 0, 5],
    [60, 20, 0, 3],
    [70, 20, 0, 2],
    [80, 20, 0, 1],
  ])
  holds('a second wave within the window restarts it', { replicas: 1 }, [
    [0, 100, 0, 5],
    [30, 10, 0, 5],
    [50, 100, 0, 5],
    [60, 10, 0, 5],
    [109, 10, 0, 5],
    [110, 10, 0, 1],
  ])
  holds('the first poll counts the existing replicas as proposed', { replicas: 5 }, [
    [0, 10, 0, 5],
    [59, 10, 0, 5],
    [60, 10, 0, 1],
  ])
  // HPA: a number outside the bounds moves to the bound before any metric is read.
  holds('replicas above a lowered maximum are removed immediately', { rules: { max: 4 }, replicas: 9 }, [
    [0, unread, 0, 4],
  ])
})

// KEDA, `cooldownPeriod`: to zero when the last active look is longer ago than that, whatever the HPA holds.
describe('to zero', () => {
  holds('after the cooldown since the last message', { replicas: 1 }, [
    [0, 100, 0, 5],
    [5, 0, 0, 5],
    [59, 0, 0, 5],
    [60, 0, 0, 1],
    [61, 0, 0, 0],
  ])
  holds('unacknowledged messages count: a replica stays during a long call', { replicas: 0 }, [
    [0, 1, 0, 1],
    [300, 1, 0, 1],
    [360, 0, 0, 1],
    [361, 0, 0, 0],
  ])
  holds('a message within the cooldown restarts it', { replicas: 0 }, [
    [0, 1, 0, 1],
    [50, 1, 0, 1],
    [61, 0, 0, 1],
    [110, 0, 0, 1],
    [111, 0, 0, 0],
  ])
  holds('any number of replicas goes to zero, if the HPA did not act in between', { replicas: 1 }, [
    [0, 100, 0, 5],
    [61, 0, 0, 0],
  ])
  // KEDA: `lastActiveTime` that was never set ignores the cooldown.
  holds('a handler that was never active goes to zero immediately', { replicas: 1 }, [[0, 0, 0, 0]])
  holds('a handler at zero starts again with the next message', { replicas: 0 }, [
    [0, 1, 0, 1],
    [61, 0, 0, 0],
    [62, 1, 0, 1],
  ])
})

// KEDA, `minReplicaCount`: the HPA's minimum too; with one or more the cooldown does not matter.
describe('a minimum', () => {
  holds('is reached without any message', { rules: { min: 2 }, replicas: 0 }, [[0, 0, 0, 2]])
  holds('is the number of replicas on activation', { rules: { min: 2 }, replicas: 0 }, [[0, 200, 0, 2]])
  holds('is never undercut', { rules: { min: 2 }, replicas: 2 }, [
    [0, 0, 0, 2],
    [600, 0, 0, 2],
  ])
  holds('is reached immediately when it is raised', { rules: { min: 9 }, replicas: 1 }, [[0, 10, 0, 9]])
})

// KEDA, "Triggers in error": no scaling without an active trigger. HPA: with an unreadable metric never down, up allowed.
describe('a trigger that cannot be read', () => {
  holds('does not count as an empty queue: no replica is removed', { replicas: 1 }, [
    [0, 100, 0, 5],
    [61, unread, 0, 5],
    [300, unread, unread, 5],
    [600, unread, 0, 5],
  ])
  holds('does not prevent the other one from starting a replica', { replicas: 0 }, [[0, 1, unread, 1]])
  holds('does not prevent the other one from adding replicas', { replicas: 1 }, [[0, 100, unread, 5]])
  holds('counts towards the cooldown once it can be read again', { replicas: 1 }, [
    [0, 100, 0, 5],
    [61, unread, 0, 5],
    [62, 0, 0, 0],
  ])
})
