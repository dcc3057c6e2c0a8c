import { fates, type Fate, type Publication } from './fate.ts'

/** Milliseconds between two tries on a blocked route. */
const tryEvery = 1_000
/** Milliseconds without a try after which a route is taken for free: what waited for it has gone another way, through another replica. */
const forgetAfter = 30_000

/** Exchanges whose messages are of use for a moment only: that one reaches no queue says nothing of the next. */
const fleeting: ReadonlySet<string> = new Set(['questions', 'replies'])

/** One way through the broker: an exchange, and a message type there or, for retries and dead letters, a routing key. */
export interface Route {
  readonly exchange: string
  readonly what: string
}

export interface BlockedRoute extends Route {
  readonly fate: Fate
}

const none: readonly BlockedRoute[] = []

/** Routes on which the broker takes nothing now. */
export class BlockedRoutes {
  readonly #routes = new Map<string, BlockedRoute & { triedAt: number }>()

  get all(): readonly BlockedRoute[] {
    if (this.#routes.size === 0) return none
    const now = performance.now()
    for (const [name, { triedAt }] of this.#routes) if (now - triedAt > forgetAfter) this.#routes.delete(name)
    return [...this.#routes.values()]
  }

  /** Whether a message on this route would close the channel on which it is published. */
  closesChannel(publication: Publication): boolean {
    const route = this.#blockOf(publication)
    return route !== undefined && fates[route.fate].closesChannel
  }

  /** Whether it is time to try again on a route that closes channels: once a second, for the first that asks. */
  mayTry(publication: Publication): boolean {
    const route = this.#blockOf(publication)
    if (!route || !fates[route.fate].closesChannel) return true
    if (performance.now() - route.triedAt < tryEvery) return false
    route.triedAt = performance.now()
    return true
  }

  /** Learns from the fate of a publication. @returns whether its route is blocked or free only since now */
  learn(publication: Publication, fate: Fate): boolean {
    if (fate === 'confirmed') return this.#routes.size > 0 && this.#routes.delete(nameOf(publication))
    if (!fates[fate].blocksRoute || (fate === 'returned' && fleeting.has(publication.exchange))) return false
    const isNew = this.#blockOf(publication) === undefined
    this.#routes.set(nameOf(publication), { ...routeOf(publication), fate, triedAt: performance.now() })
    return isNew
  }

  #blockOf(publication: Publication) {
    return this.all.length === 0 ? undefined : this.#routes.get(nameOf(publication))
  }
}

function routeOf({ exchange, key, options }: Publication): Route {
  const byType = exchange === 'commands' || exchange === 'events' || exchange === 'notify'
  return { exchange, what: byType ? (options.type ?? key) : key }
}

function nameOf(publication: Publication): string {
  const { exchange, what } = routeOf(publication)
  return `${exchange} ${what}`
}
