import { literal } from './patterns.ts'

/** The routing key of every reply: the name of a queue for replies. */
export const anyReply = `^${literal('replies.')}`

/** A regular expression for the queues in which one handler's processes wait for replies. Nothing else may match, or it could read them. */
export function repliesOf(asker: string): string {
  return `^${literal(`replies.${asker}.`)}`
}

/** The queue for the replies to one connection of an asker. */
export function replyQueue(asker: string, connection: string): string {
  return `replies.${asker}.${connection}`
}
