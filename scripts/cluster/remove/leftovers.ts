/** An object that `helm uninstall` leaves; only the fields that are read here. */
export interface KeptObject {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec: { readonly name?: string; readonly destination?: string; readonly [key: string]: unknown }
}

/** The objects that `helm uninstall` has left of one handler, and the operations on them. */
export interface Leftovers {
  /** Whether helm still has the release. */
  installed(): Promise<boolean>
  /** Queues, bindings, policy, user, permissions and network policy. */
  kept(): Promise<KeptObject[]>
  /** The names of its Secrets. */
  secrets(): Promise<string[]>
  /** Messages in each of the broker's queues; the counts may be some seconds old. */
  messages(): Promise<ReadonlyMap<string, number>>
  /** Resolves when everything that has arrived is counted. */
  counted(): Promise<void>
  /** Resolves when the broker has removed them too. */
  remove(objects: readonly KeptObject[]): Promise<void>
  /** Creates removed objects again. */
  restore(objects: readonly KeptObject[]): Promise<void>
  removeSecret(name: string): Promise<void>
}
