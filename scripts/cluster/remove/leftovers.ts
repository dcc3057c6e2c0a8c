/** An object that `helm uninstall` leaves, as far as it is looked at here. */
export interface KeptObject {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec: { readonly name?: string; readonly destination?: string; readonly [key: string]: unknown }
}

/** What `helm uninstall` has left of one handler, and what can be done with it. */
export interface Leftovers {
  /** Whether helm still has the release. */
  installed(): Promise<boolean>
  /** Queues, bindings, policy, user, permissions and network policy. */
  kept(): Promise<KeptObject[]>
  /** The names of its Secrets. */
  secrets(): Promise<string[]>
  /** How many messages each of the broker's queues holds, as far as it has counted: that may be some seconds old. */
  messages(): Promise<ReadonlyMap<string, number>>
  /** Resolves when all that had arrived is counted. */
  counted(): Promise<void>
  /** Resolves when the broker has removed it too. */
  remove(objects: readonly KeptObject[]): Promise<void>
  /** Makes what was removed again. */
  restore(objects: readonly KeptObject[]): Promise<void>
  removeSecret(name: string): Promise<void>
}
