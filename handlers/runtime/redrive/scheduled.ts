import { setTimeout as sleep } from 'node:timers/promises'
import type { ChannelModel } from 'amqplib'
import type { Manifest } from '../manifest/schema.ts'
import { redriveKey } from '../topology/index.ts'
import { quiet } from './peek.ts'
import { readDead } from './read.ts'
import { redrive, refusal } from './redrive.ts'

/** Milliseconds between two letters, so that a handler that fails for all of them is not flooded. */
const pace = 20

/** What a run has done with the dead letters of a handler: sent back, or left because it was sent back often enough or cannot be. */
export interface Ran {
  readonly sentBack: number
  readonly resting: number
  readonly refused: number
}

/**
 * Sends the dead letters of a handler back to it that its `redrive` names. Each counts how often, and rests after the last time.
 *
 * @param connection as the user `<handler>.redrive`
 * @param leaving ends it between two letters
 */
export async function redriveBySchedule(
  connection: ChannelModel,
  { name, redrive: rule }: Manifest,
  leaving?: AbortSignal,
): Promise<Ran> {
  const ran = { sentBack: 0, resting: 0, refused: 0 }
  if (!rule) return ran
  const channel = quiet(await connection.createConfirmChannel())
  const reasons: ReadonlySet<string> = new Set(rule.reasons)
  for await (const held of readDead(connection, name)) {
    const { letter } = held
    if (leaving?.aborted) break
    if (!reasons.has(letter.reason)) continue
    if (letter.scheduledRedrives >= rule.times) ran.resting++
    else if (refusal(letter, new Date()) !== undefined) ran.refused++
    else {
      await redrive(channel, held, { exchange: 'delay', key: redriveKey(name), bySchedule: true })
      ran.sentBack++
      await sleep(pace)
    }
  }
  await channel.close()
  return ran
}

/** The run in one sentence. */
export function describeRun(handler: string, { sentBack, resting, refused }: Ran): string {
  const others = [
    ...(resting > 0 ? [`${resting} rest, sent back often enough`] : []),
    ...(refused > 0
      ? [`${refused} stay, which only a person can send back: npm run dead -- redrive explains why`]
      : []),
  ]
  return [
    `${handler}: ${sentBack} dead ${sentBack === 1 ? 'letter' : 'letters'} sent back by schedule`,
    ...others,
  ].join('; ')
}
