import type { ChannelModel } from 'amqplib'
import type { Manifest } from '#runtime/manifest/index.ts'
import { describeRun, redriveBySchedule } from '#runtime/redrive/scheduled.ts'

/** Milliseconds between two looks for a redrive that is due. */
const lookEvery = 1_000

interface Surroundings {
  /** The manifests of the handlers that run, each as it is now. */
  readonly manifests: () => readonly Manifest[]
  /** Connects as the user that sends back the dead letters of a handler. */
  readonly connect: (handler: string) => Promise<ChannelModel>
  readonly say: (sentence: string) => void
}

/**
 * Sends dead letters back as the `redrive` of each handler asks: what a CronJob does in the cluster. The first time comes when that long
 * has passed since the start.
 */
export function startRedrives({ manifests, connect, say }: Surroundings): { stop(): Promise<void> } {
  const began = Date.now()
  const last = new Map<string, number>()
  const leave = new AbortController()
  let running: Promise<void> = Promise.resolve()
  let busy = false

  async function look() {
    for (const manifest of manifests()) {
      const { name, redrive } = manifest
      if (!redrive || leave.signal.aborted || Date.now() < (last.get(name) ?? began) + redrive.every) continue
      last.set(name, Date.now())
      await run(manifest).catch((error: unknown) =>
        say(`${name}: its dead letters could not be sent back: ${(error as Error).message}`),
      )
    }
  }

  async function run(manifest: Manifest) {
    const connection = await connect(manifest.name)
    connection.on('error', () => undefined)
    try {
      const ran = await redriveBySchedule(connection, manifest, leave.signal)
      if (ran.sentBack > 0) say(describeRun(manifest.name, ran))
    } finally {
      await connection.close().catch(() => undefined)
    }
  }

  const clock = setInterval(() => {
    if (busy) return
    busy = true
    running = look().finally(() => (busy = false))
  }, lookEvery)
  return {
    async stop() {
      clearInterval(clock)
      leave.abort()
      await running
    },
  }
}
