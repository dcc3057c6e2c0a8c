/**
 * Decides how many replicas a handler has, as KEDA and the Horizontal Pod Autoscaler (HPA) decide together in the cluster:
 * KEDA goes from zero to one and back to zero, the HPA everything between. Pure: the time is an argument.
 */

/** The `scale` part of a `handler.yaml`; `cooldown` in milliseconds. */
export interface ScaleRules {
  readonly min: number
  readonly max: number
  /** The target: messages per replica. */
  readonly backlog: number
  readonly cooldown: number
}

/** What the triggers read; `undefined` if a trigger could not be read, which is not the same as zero. */
interface Observation {
  /** Ready and unacknowledged, so that a replica with deliveries in hand is kept. */
  readonly messages: number | undefined
  /** The same of the questions that the handler answers, if it answers any. They are read with the messages. */
  readonly questions?: number | undefined
  /** 1 if a timer is due, 0 if none is, or if the handler has no timers. */
  readonly dueTimers: number | undefined
}

/** The scaler's state of a handler. Times are milliseconds on the same clock as `now`. */
interface Scaled {
  readonly replicas: number
  /** When a trigger was last above zero. */
  readonly lastActive?: number
  /** What the HPA proposed before its limits: scaling down takes the highest proposal of the window. */
  readonly wanted: readonly { at: number; replicas: number }[]
  /** What the HPA added or removed: scaling up is limited per period. */
  readonly changes: readonly { at: number; by: number }[]
}

interface Reading {
  readonly total: number
  readonly target: number
}

/** The HPA's tolerance: within a tenth of the target, nothing changes. */
const tolerance = 0.1

/** The HPA's default policy for scaling up, which the charts keep: at most four more or twice as many per 15 s. */
const scaleUp = { period: 15_000, pods: 4, factor: 2 }

/** A handler before its first decision. */
export function scaledTo(replicas: number): Scaled {
  return { replicas, wanted: [], changes: [] }
}

/**
 * The next state of a handler; its `replicas` is the number that should run from now on.
 *
 * One call is one poll of KEDA followed by one synchronisation of the HPA. They are independent in the cluster, so the HPA
 * considers a handler that KEDA has just started only in the next call.
 */
export function decide(state: Scaled, seen: Observation, rules: ScaleRules, now: number): Scaled {
  const readings = [
    { total: seen.messages, target: rules.backlog },
    { total: seen.questions, target: rules.backlog },
    { total: seen.dueTimers, target: 1 },
  ].filter((reading): reading is Reading => reading.total !== undefined)
  const blind = seen.messages === undefined || seen.dueTimers === undefined
  const active = readings.some(({ total }) => total > 0)

  const known: Scaled = active ? { ...state, lastActive: now } : state
  const activated = activate(known, { active, blind }, rules, now)
  if (activated !== state.replicas || activated === 0) return { ...known, replicas: activated }
  return follow(known, readings, blind, rules, now)
}

/** KEDA's operator: from zero when a trigger is above zero; to zero when none has been for the cooldown. */
function activate(
  state: Scaled,
  triggers: { active: boolean; blind: boolean },
  rules: ScaleRules,
  now: number,
): number {
  const { replicas, lastActive } = state
  if (triggers.active) return replicas === 0 ? Math.max(1, rules.min) : replicas
  if (triggers.blind) return replicas
  if (replicas < rules.min) return rules.min
  const cooledDown = lastActive === undefined || lastActive + rules.cooldown < now
  return rules.min === 0 && cooledDown ? 0 : replicas
}

/** The HPA: follows the highest of its metrics, up at the rate of its policy, down after the window. */
function follow(state: Scaled, readings: readonly Reading[], blind: boolean, rules: ScaleRules, now: number): Scaled {
  const current = state.replicas
  const lowest = Math.max(1, rules.min)
  if (current > rules.max || current < lowest) return { ...state, replicas: clamp(current, lowest, rules.max) }

  const proposed = Math.max(...readings.map((reading) => propose(reading, current)))
  if (blind && proposed < current) return state

  // The charts set the HPA's `stabilizationWindowSeconds` to the cooldown: one number limits how long a replica may be idle.
  const first = state.wanted.length === 0 ? [{ at: now, replicas: current }] : state.wanted
  const wanted = [...first.filter(({ at }) => at > now - rules.cooldown), { at: now, replicas: proposed }]
  const highest = Math.max(...wanted.map(({ replicas }) => replicas))
  const stabilised = clamp(current, proposed, highest)

  const changes = state.changes.filter(({ at }) => at > now - scaleUp.period)
  const atStartOfPeriod = current - changes.reduce((sum, { by }) => sum + by, 0)
  const limit = Math.max(current, atStartOfPeriod + scaleUp.pods, atStartOfPeriod * scaleUp.factor)
  const replicas = clamp(stabilised, lowest, Math.min(limit, rules.max))

  return {
    ...state,
    replicas,
    wanted,
    changes: replicas === current ? changes : [...changes, { at: now, by: replicas - current }],
  }
}

/** `ceil(total / target)`, or no change while the average per replica is within the tolerance of the target. */
function propose({ total, target }: Reading, current: number): number {
  const ratio = total / (target * current)
  const near = ratio >= 1 - tolerance && ratio <= 1 + tolerance
  return near ? current : Math.ceil(total / target)
}

function clamp(value: number, lowest: number, highest: number): number {
  return Math.min(Math.max(value, lowest), highest)
}
