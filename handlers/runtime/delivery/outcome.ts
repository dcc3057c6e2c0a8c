import type { Outgoing } from '../message/outgoing.ts'
import type { Disposition } from './disposition.ts'

/** What a committed transaction made of an item. */
export type Outcome =
  | {
      readonly kind: 'handled'
      readonly messages: readonly Outgoing[]
      /** When, in milliseconds by the clock of the handler. */
      readonly at: number
      readonly value?: unknown
    }
  /** It had been handled before: the messages that it led to then are published again, unless all were confirmed. */
  | { readonly kind: 'known'; readonly messages: readonly Outgoing[] }
  /** It is not handled: a copy of it is published, as its disposition asks for. */
  | { readonly kind: 'left'; readonly disposition: Disposition }
