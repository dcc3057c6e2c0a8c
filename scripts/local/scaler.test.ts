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
  holds('however many messages: one first, the rest is the work of the next look', { replicas: 0 }, [
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
  ])('$messages messages on $replicas replicas want $wanted', ({ replicas, messages, wanted }) => {
    expect(decide(scaledTo(replicas), { messages, dueTimers: 0 }, rules, 0).replicas).toBe(wanted)
  })

  holds('never above the maximum', { rules: { max: 3 }, replicas: 1 }, [
    [0, 1_000, 0, 3],
    [60, 1_000, 0, 3],
  ])
  holds('never above the maximum, if that is one', { rules: { max: 1 }, replicas: 0 }, [
    [0, 1_000, 0, 1],
    [5, 1_000, 0, 1],
  ])

  // HPA, "Default behavior": scaleUp has no window and adds at most 4 pods or 100 % per 15 s, whichever is more.
  holds('at most four more or twice as many in 15 s', { rules: { max: 50 }, replicas: 1 }, [
    [0, 1_000, 0, 5],
    [5, 1_000, 0, 5],
    [14, 1_000, 0, 5],
    [15, 1_000, 0, 10],
    [30, 1_000, 0, 20],
    [45, 1_000, 0, 40],
    [60, 1_000, 0, 50],
  ])
  holds('what was added in two steps counts as one period', { rules: { max: 50 }, replicas: 1 }, [
    [0, 60, 0, 3],
    [5, 1_000, 0, 5],
    [10, 1_000, 0, 5],
    [15, 1_000, 0, 7],
    [20, 1_000, 0, 10],
  ])
})

// HPA: with several metrics the highest wins. KEDA: any active trigger keeps the handler active.
describe('two triggers', () => {
  holds('a due timer wants one replica and takes none of those that the queue wants', { replicas: 1 }, [
    [0, 60, 1, 3],
    [5, 60, 1, 3],
  ])
  holds('a timer that stays due keeps one replica for ever', { replicas: 0 }, [
    [0, 0, 1, 1],
    [60, 0, 1, 1],
    [3_600, 0, 1, 1],
  ])
  holds('the last one to fall silent starts the cooldown', { replicas: 1 }, [
    [0, 5, 1, 1],
    [30, 0, 1, 1],
    [90, 0, 0, 1],
    [91, 0, 0, 0],
  ])
})

// HPA, "Stabilization window": down to the highest that was wanted within the window, which the charts set to the cooldown.
describe('down', () => {
  holds('a backlog that is gone keeps its replicas for the window', { replicas: 1 }, [
    [0, 100, 0, 5],
    [10, 100, 0, 5],
    [20, 10, 0, 5],
    [69, 10, 0, 5],
    [70, 10, 0, 1],
  ])
  holds('a shrinking backlog is followed a window later, step by step', { replicas: 1 }, [
    [0, 100, 0, 5],
    [10, 60, 0, 5],
    [20, 40, 0, 5],
    [59, 20, 0, 5],
    [60, 20, 0, 3],
    [70, 20, 0, 2],
    [80, 20, 0, 1],
  ])
  holds('a second wave within the window starts it anew', { replicas: 1 }, [
    [0, 100, 0, 5],
    [30, 10, 0, 5],
    [50, 100, 0, 5],
    [60, 10, 0, 5],
    [109, 10, 0, 5],
    [110, 10, 0, 1],
  ])
  holds('the first look takes what stands for wanted', { replicas: 5 }, [
    [0, 10, 0, 5],
    [59, 10, 0, 5],
    [60, 10, 0, 1],
  ])
  // HPA: outside of its bounds it moves to the bound before it reads any metric.
  holds('more than the maximum, which was lowered, leave at once', { rules: { max: 4 }, replicas: 9 }, [
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
  holds('unacknowledged messages are messages: a long call keeps its replica', { replicas: 0 }, [
    [0, 1, 0, 1],
    [300, 1, 0, 1],
    [360, 0, 0, 1],
    [361, 0, 0, 0],
  ])
  holds('a message within the cooldown starts it anew', { replicas: 0 }, [
    [0, 1, 0, 1],
    [50, 1, 0, 1],
    [61, 0, 0, 1],
    [110, 0, 0, 1],
    [111, 0, 0, 0],
  ])
  holds('from any number, when the HPA did not look in between', { replicas: 1 }, [
    [0, 100, 0, 5],
    [61, 0, 0, 0],
  ])
  // KEDA: `lastActiveTime` that was never set ignores the cooldown.
  holds('a handler that was never active goes at once', { replicas: 1 }, [[0, 0, 0, 0]])
  holds('and comes back', { replicas: 0 }, [
    [0, 1, 0, 1],
    [61, 0, 0, 0],
    [62, 1, 0, 1],
  ])
})

// KEDA, `minReplicaCount`: the HPA's minimum too; with one or more the cooldown does not matter.
describe('a minimum', () => {
  holds('is there without any message', { rules: { min: 2 }, replicas: 0 }, [[0, 0, 0, 2]])
  holds('is where activation starts', { rules: { min: 2 }, replicas: 0 }, [[0, 200, 0, 2]])
  holds('is never left', { rules: { min: 2 }, replicas: 2 }, [
    [0, 0, 0, 2],
    [600, 0, 0, 2],
  ])
  holds('that was raised is reached at once', { rules: { min: 9 }, replicas: 1 }, [[0, 10, 0, 9]])
})

// KEDA, "Triggers in error": no scaling without an active trigger. HPA: with an unreadable metric never down, up allowed.
describe('a trigger that cannot be read', () => {
  holds('is not an empty queue: nothing leaves', { replicas: 1 }, [
    [0, 100, 0, 5],
    [61, unread, 0, 5],
    [300, unread, unread, 5],
    [600, unread, 0, 5],
  ])
  holds('does not keep the other one from starting', { replicas: 0 }, [[0, 1, unread, 1]])
  holds('does not keep the other one from adding', { replicas: 1 }, [[0, 100, unread, 5]])
  holds('when it can be read again, the time before counts', { replicas: 1 }, [
    [0, 100, 0, 5],
    [61, unread, 0, 5],
    [62, 0, 0, 0],
  ])
})
