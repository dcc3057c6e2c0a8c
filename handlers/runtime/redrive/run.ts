import { logIn } from '../broker/login.ts'
import { readManifest } from '../process/manifest-file.ts'
import { endWith, Misconfigured } from '../process/settings.ts'
import { given, serverUrl, wrongVariables } from '../settings/variables.ts'
import * as z from 'zod'
import { describeRun, redriveBySchedule } from './scheduled.ts'

const variables = z.object({
  AMQP_URL: serverUrl(['amqp:', 'amqps:'], 'amqp://thumbnails.redrive:password@host/vhost'),
})

/**
 * Sends dead letters of a handler back once, as its `redrive` asks, and ends: code 0; 78 when its configuration is wrong, 1 when the broker
 * could not be used. After SIGTERM it ends between two letters.
 *
 * @param folder the folder with the handler's `handler.json`
 */
export async function redrive(folder: string): Promise<void> {
  const leave = new AbortController()
  process.on('SIGTERM', () => leave.abort())
  try {
    const manifest = readManifest(folder)
    const set = given(process.env)
    const { data, error } = variables.safeParse(set)
    if (!data) throw new Misconfigured(wrongVariables(error, set).join('\n'))
    const connection = await logIn(data.AMQP_URL, { name: `${manifest.name}.redrive` })
    connection.on('error', () => undefined)
    try {
      console.log(describeRun(manifest.name, await redriveBySchedule(connection, manifest, leave.signal)))
    } finally {
      await connection.close().catch(() => undefined)
    }
  } catch (error) {
    endWith(error)
  }
}
