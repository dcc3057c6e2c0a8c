import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { countParked, leaseParked } from '../database/parked.ts'
import { clearSuspects, deathsOf, markSuspects } from '../database/suspects.ts'
import type { Manifest } from '../manifest/schema.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Subscription } from '../on.ts'
import { probePause } from '../time/back-off.ts'
import type { DueOrder } from './due-items.ts'
import { gathered } from './gathered.ts'
import { Lanes } from './lanes.ts'
import type { PartitionShare } from './partition-share.ts'
import { SuspectGate, type Company } from './suspect-gate.ts'
import { isAlive, itemOfParked, type WorkItem } from './work-item.ts'

export interface OrderOptions {
  readonly manifest: Manifest
  readonly subscriptions: ReadonlyMap<string, Subscription>
  readonly metrics: Metrics
  readonly leaving: AbortSignal
  /** Of a handler with partitions. */
  readonly share?: PartitionShare | undefined
}

/**
 * How often the process must end while a suspect is under way: the first time it may have been one of a few, and the second time, alone,
 * its node may have failed.
 */
const guiltyAfter = 3

/** What only the other stages know. */
export interface OrderStages {
  /** Works on the handler's database between two transactions. */
  between<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result>
  /** The dependency for which calls wait, if they do. */
  readonly paused: string | undefined
}

/** What an ordered handler does besides: it handles the messages of one key in turn, and tries parked ones again. */
export class Order implements DueOrder {
  readonly #options: OrderOptions
  readonly #lanes = new Lanes()
  readonly #gate = new SuspectGate()
  /** Items whose work has begun and has not come back yet. */
  readonly #running = new Map<WorkItem, Company>()
  readonly #parked = new Set<string>()
  /** Suspects that were noted, and have come back. */
  #cleared: string[] = []
  #stages: OrderStages | undefined
  readonly #deathsOf = gathered((ids) => {
    const cleared = this.#cleared.splice(0)
    return this.#between((client) => deathsOf(client, ids, cleared))
  })
  readonly #mark = gathered((ids) => {
    const cleared = this.#cleared.splice(0)
    return this.#between((client) => markSuspects(client, ids, cleared))
  })
  /** Deliveries whose successors must not pass them: what a group waits for is the next one of each other key. */
  readonly intake: { readonly held: number; readonly window: number }

  constructor(options: OrderOptions) {
    this.#options = options
    const lanes = this.#lanes
    const gate = this.#gate
    this.intake = {
      get held() {
        return gate.isTaken ? 0 : lanes.count
      },
      window: 0,
    }
  }

  /** Has to be called before the first item comes. */
  connect(stages: OrderStages): void {
    this.#stages = stages
  }

  /**
   * Does the work of an item once all earlier items of its key have been committed and acknowledged. Undefined when it is let go, because its
   * channel is lost or the process leaves: then the next consumer gets it again, behind its predecessors.
   */
  async inTurn<Result>(item: WorkItem, work: (item: WorkItem) => Promise<Result>): Promise<Result | undefined> {
    const { lane, source, id } = item
    if (lane === undefined) return this.#run(item, work)
    if (source.kind === 'parked' && id !== undefined) this.#parked.add(id)
    try {
      return await this.#lanes.inTurn(lane, () => this.#run(item, work))
    } finally {
      if (id !== undefined) this.#parked.delete(id)
    }
  }

  /** The work of an item has returned, with a result or an error: it did not end the process, and others may run beside it. */
  outlived(item: WorkItem): void {
    const company = this.#running.get(item)
    if (company === undefined) return
    this.#running.delete(item)
    if (company !== 'any' && item.ifGuilty && item.id !== undefined) this.#cleared.push(item.id)
    this.#gate.leave(company)
  }

  async #run<Result>(item: WorkItem, work: (item: WorkItem) => Promise<Result>): Promise<Result | undefined> {
    if (this.#isGone(item)) return undefined
    const judged = item.suspect === undefined ? item : await this.#judge(item)
    if (judged === undefined) return undefined
    const company = judged.suspect ?? 'any'
    const turn = this.#gate.enter(company)
    if (turn) await turn
    this.#running.set(judged, company)
    try {
      if (this.#isGone(item)) return undefined
      if (company !== 'any' && judged.ifGuilty && !(await this.#ask(judged, this.#mark))) return undefined
      return await work(judged)
    } finally {
      this.outlived(judged)
    }
  }

  /** Decides in which company a suspect runs, or that it must not run again. Undefined when it is let go. */
  async #judge(item: WorkItem): Promise<WorkItem | undefined> {
    // While calls wait for a dependency it does not run, however long it has begun.
    if (this.#stages?.paused !== undefined) return { ...item, suspect: undefined }
    const { ifGuilty } = item
    // The leases of a parked message tell the same.
    if (!ifGuilty) return item
    const deaths = await this.#ask(item, (id) => this.#deathsOf(id).then((found) => found ?? 0))
    if (deaths === undefined || deaths === 0) return deaths === 0 ? item : undefined
    return deaths < guiltyAfter ? { ...item, suspect: 'none' } : { ...item, suspect: undefined, disposition: ifGuilty }
  }

  /** Asks the database until it answers: without it the item could not come to an end either. Undefined when it is let go. */
  async #ask<Answer>(item: WorkItem, question: (id: string) => Promise<Answer>): Promise<Answer | undefined> {
    while (!this.#isGone(item)) {
      try {
        return await question(item.id ?? '')
      } catch {
        await sleep(probePause(), undefined, { signal: this.#options.leaving }).catch(() => undefined)
      }
    }
    return undefined
  }

  async look(client: pg.Client): Promise<readonly WorkItem[]> {
    const { manifest, subscriptions, metrics, share } = this.#options
    await share?.look(client)
    if (this.#cleared.length > 0) await clearSuspects(client, this.#cleared.splice(0))
    const { waiting, resting } = await countParked(client)
    metrics.parkedKeys?.set({ state: 'waiting' }, waiting)
    metrics.parkedKeys?.set({ state: 'resting' }, resting)
    if (waiting === 0) return []
    const rows = await leaseParked(client, [...this.#parked])
    return rows.map((row) => itemOfParked(row, subscriptions, manifest))
  }

  /** Forgets the suspects that have come back. What is left then counts as a death of this process. */
  async stop(): Promise<void> {
    const cleared = this.#cleared.splice(0)
    if (cleared.length > 0) await this.#between((client) => clearSuspects(client, cleared)).catch(() => undefined)
  }

  #between<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
    return this.#stages?.between(work) ?? Promise.reject(new Error('the handler has no stages'))
  }

  /** Whether it must not begin: it comes again, to this process or to another one. */
  #isGone(item: WorkItem): boolean {
    return !isAlive(item) || (item.lane !== undefined && this.#options.leaving.aborted)
  }
}
