import type { ChannelModel } from 'amqplib'
import type { Request } from './dead-command.ts'
import { quiet } from '#runtime/redrive/peek.ts'
import type { DeadLetter } from '#runtime/redrive/letter.ts'
import type { Held } from '#runtime/redrive/read.ts'
import { redrive, refusal } from '#runtime/redrive/redrive.ts'

/** Redrives letters at the requested rate. Returns false if any of them was refused. */
export async function sendBack(
  connection: ChannelModel,
  letters: AsyncIterable<Held>,
  { rate, dryRun, json }: Request,
  { print, queueOf }: { print: (line: string) => void; queueOf: (letter: DeadLetter) => string },
): Promise<boolean> {
  const channel = quiet(await connection.createConfirmChannel())
  const done = { redriven: 0, refused: 0 }
  const start = Date.now()
  for await (const held of letters) {
    const { handler, id, type } = held.letter
    const refused = held.release ? undefined : refusal(held.letter, new Date())
    if (refused) done.refused++
    else {
      if (!dryRun) {
        await until(start + (done.redriven / rate) * 1000)
        await redrive(channel, held, { exchange: 'redrive', key: queueOf(held.letter) })
      }
      done.redriven++
    }
    if (json) print(JSON.stringify({ handler, id, type, ...(refused ? { refused } : { redriven: !dryRun }) }))
    else if (refused) print(refused)
  }
  await channel.close()
  if (!json) print(`${done.redriven} ${dryRun ? 'would be sent' : 'sent'} back, ${done.refused} refused.`)
  return done.refused === 0
}

async function until(time: number): Promise<void> {
  const left = time - Date.now()
  if (left > 0) await new Promise((resolve) => setTimeout(resolve, left))
}
