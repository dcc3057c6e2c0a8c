import { randomUUID } from 'node:crypto'
import type { AnyContract } from 'warren'
import type { Manifest } from '#runtime/manifest/index.ts'
import { header } from '#runtime/message/headers.ts'
import { outgoing, type Outgoing } from '#runtime/message/outgoing.ts'
import { addressOf } from '#runtime/settings/address.ts'
import { databasesOf, managementOf, type System } from '../inspect/system.ts'
import { keep, keepersFor } from './later.ts'
import { messageOf } from './message.ts'
import { noReceiver, publish } from './publish.ts'
import { receiversOf } from './receivers.ts'
import type { SendRequest } from './send-command.ts'

/** The system that the command works on. */
interface Desk {
  readonly system: System
  readonly contracts: ReadonlyMap<string, AnyContract>
  readonly manifests: readonly Manifest[]
  readonly print: (line: string) => void
}

/**
 * Sends one message, or stores it until its time.
 *
 * @throws a sentence with the remedy, if anything is wrong with the message or no handler gets it
 */
export async function runSend(request: SendRequest, { system, contracts, manifests, print }: Desk): Promise<void> {
  const message = wireOf(request, contracts)
  const names = manifests.map(({ name }) => name)
  const to = await receiversOf(managementOf(system), message, names)
  const added = addedSince(system, manifests, message.type)
    .filter((name) => !to.includes(name))
    .map((name) => `${name} is not part of the running system: start it again with \`npm start\``)
  if (to.length === 0) throw new Error(noReceiver(message, added))
  if (!request.json) added.forEach(print)
  const { delay, dryRun } = request
  const keepers = delay === undefined ? [] : keepersFor(to, manifests, databasesOf(system))

  let due: Date | undefined
  if (!dryRun && delay === undefined) await publish(message, system.amqpUrl)
  if (!dryRun && delay !== undefined)
    due = await keep(message, { keepers, user: addressOf(system.amqpUrl).user, delay })

  const { id, type, key, correlationId } = message
  if (request.json) return print(JSON.stringify({ id, correlationId, type, key, to, sent: !dryRun, due }))
  if (dryRun) return print(`${key} would go to ${to.join(', ')}. Nothing was sent.`)
  print(
    due
      ? `${key} is stored for ${to.join(', ')}, due ${due.toISOString()}: message ${id}`
      : `${key} was sent to ${to.join(', ')}: message ${id}`,
  )
  print(`Follow it: npm run trace -- ${id}`)
}

/** The handlers with this type in their `handler.yaml` that were added after the system had started. */
function addedSince({ handlers }: System, manifests: readonly Manifest[], type: string): string[] {
  return manifests
    .filter(({ name }) => !(name in handlers))
    .filter(({ handles, subscribes }) => [...handles, ...subscribes.map((each) => each.type)].includes(type))
    .map(({ name }) => name)
}

/** The message as it goes over the wire. The check comes first, so that a wrong field is never a matter of the broker. */
function wireOf({ type, body, key }: SendRequest, contracts: ReadonlyMap<string, AnyContract>): Outgoing {
  const message = messageOf(type, body, contracts)
  const wire = outgoing(message, randomUUID(), randomUUID(), { [header.publishedAt]: Date.now() })
  return key === undefined ? wire : { ...wire, key: keyOf(type, key) }
}

function keyOf(type: string, words: string): string {
  if (!/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(words))
    throw new Error(
      `--key must be words of letters, digits, - and _, with dots between them, such as us.vip (got ${words})`,
    )
  return `${type}.${words}`
}
