import type { KeptObject, Leftovers } from './leftovers.ts'
import type { RemoveOptions } from './remove-command.ts'

/**
 * Removes for good what `helm uninstall` leaves of a handler. Its bindings go first, and the rest only if no message has arrived
 * until then: a message that came during the check is not lost.
 *
 * @throws a sentence when the handler is installed or its queues hold messages; nothing is removed then
 */
export async function remove(
  { handler, namespace, dryRun }: RemoveOptions,
  leftovers: Leftovers,
  print: (line: string) => void,
): Promise<void> {
  if (await leftovers.installed())
    throw new Error(
      `${handler} is still installed: helm uninstall ${handler} --namespace ${namespace} first. That pauses it; this command removes it for good.`,
    )
  const [kept, secrets] = await Promise.all([leftovers.kept(), leftovers.secrets()])
  const queues = kept.filter(({ kind }) => kind === 'Queue').map(({ spec }) => spec.name ?? '')
  if (kept.length + secrets.length === 0) throw new Error(`namespace ${namespace} has nothing left of ${handler}`)

  if (dryRun) {
    const held = await leftovers.messages()
    for (const { kind, metadata, spec } of kept) {
      print(`${kind} ${metadata.name}${kind === 'Queue' ? `, ${messages(held.get(spec.name ?? '') ?? 0)}` : ''}`)
    }
    for (const name of secrets) print(`Secret ${name}`)
    return
  }

  await refuseMessages(queues, handler, leftovers)
  const bindings = kept.filter(({ kind }) => kind === 'Binding')
  await leftovers.remove(bindings)
  try {
    await leftovers.counted()
    await refuseMessages(queues, handler, leftovers)
  } catch (error) {
    await leftovers.restore(bindings)
    throw error
  }
  print(removed(bindings))
  // Permissions refer to their user, so they go first.
  const permissions = kept.filter(({ kind }) => kind.endsWith('Permission'))
  const rest = kept.filter((object) => !bindings.includes(object) && !permissions.includes(object))
  for (const objects of [permissions, rest]) {
    await leftovers.remove(objects)
    print(removed(objects))
  }
  for (const name of secrets) {
    await leftovers.removeSecret(name)
    print(`removed Secret ${name}`)
  }
}

async function refuseMessages(queues: readonly string[], handler: string, leftovers: Leftovers) {
  const held = await leftovers.messages()
  const retries = [...held].reduce((sum, [queue, count]) => sum + (queue.startsWith('wait.') ? count : 0), 0)
  if (retries > 0)
    throw new Error(
      `${messages(retries)} wait for a retry, and some may be for ${handler}. Nothing was removed. ` +
        'Try again when they have left the queues wait.*, in 10 minutes at most.',
    )
  const full = queues.filter((queue) => (held.get(queue) ?? 0) > 0)
  if (full.length === 0) return
  const which = full.map((queue) => `${queue} holds ${messages(held.get(queue) ?? 0)}`).join(' and ')
  throw new Error(
    `${which}. Nothing was removed. Install ${handler} again to let it finish. While \`npm run connect\` runs in another terminal, ` +
      `\`npm run dead -- redrive --handler ${handler} --data .warren/cluster\` sends dead letters back, and discard removes them.`,
  )
}

const messages = (count: number) => `${count} ${count === 1 ? 'message' : 'messages'}`

const removed = (objects: readonly KeptObject[]) =>
  `removed ${objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(', ') || 'nothing'}`
