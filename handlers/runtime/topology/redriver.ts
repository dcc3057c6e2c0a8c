import { tiers } from './tiers.ts'

/** The broker user that sends the dead letters of a handler back by schedule. No handler has this name: theirs have no dots. */
export function redriverOf(handler: string): string {
  return `${handler}.redrive`
}

/** The routing key with which it publishes to the delay exchange. */
export function redriveKey(handler: string): string {
  return `${tiers[0]}.${handler}`
}
