import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadManifests } from '#runtime/manifest/index.ts'
import type { HandlerProcess } from '../testbed/handler-process.ts'
import { createWorld, type World, type WorldOptions } from '../testbed/world.ts'
import { startMailSink } from '../servers/mail.ts'
import type { Shop } from './shop.ts'

/** For tests: the shop as it runs on a laptop, one process for each handler, without the scaler. */
export interface WholeShop {
  readonly shop: Shop
  readonly world: World
  readonly handlers: readonly string[]
  /** The running process of a handler. */
  running(handler: string): HandlerProcess
  /** Starts a process of a handler in place of one that has ended, at the same address. Resolves when it is ready; `env` adds to its variables. */
  start(handler: string, env?: Readonly<Record<string, string>>): Promise<HandlerProcess>
  close(): Promise<void>
}

const secret = 'the secret of a shop that lives as long as its test'

/** @param options a broker and a database of the test's own, if it kills them */
export async function startWholeShop(options: WorldOptions = {}): Promise<WholeShop> {
  const manifests = loadManifests('handlers')
  const handlers = manifests.map(({ name }) => name)
  const mailFolder = mkdtempSync(join(tmpdir(), 'warren-mails-'))
  const mail = await startMailSink({ folder: mailFolder })
  const world = await createWorld(handlers, options)
  const ports = new Map(
    await Promise.all(
      handlers.map(async (handler) => [handler, (await world.env(handler))['HTTP_PORT'] ?? ''] as const),
    ),
  )
  const http = (handler: string) => `http://127.0.0.1:${ports.get(handler)}`
  const running = new Map<string, HandlerProcess>()

  const whole: WholeShop = {
    shop: {
      gatewayUrl: http('gateway'),
      authSecret: secret,
      amqpUrl: world.url('operator'),
      managementUrl: `http://127.0.0.1:${world.broker.managementPort}`,
      databases: Object.fromEntries(
        manifests.filter(({ database }) => database).map(({ name }) => [name, world.databaseUrl(name)]),
      ),
      bankUrl: http('bank'),
      mails: mailFolder,
    },
    world,
    handlers,
    running(handler) {
      const found = running.get(handler)
      if (!found) throw new Error(`${handler} is not one of ${handlers.join(', ')}`)
      return found
    },
    async start(handler, env = {}) {
      const port = ports.get(handler)
      const started = await world.spawn(handler, {
        ...(port && { HTTP_PORT: port }),
        BANK_URL: http('bank'),
        SMTP_URL: `smtp://127.0.0.1:${mail.port}`,
        AUTH_SECRET: secret,
        ...env,
      })
      running.set(handler, started)
      await started.ready
      return started
    },
    async close() {
      await world.close()
      await mail.stop()
      rmSync(mailFolder, { recursive: true })
    },
  }
  await Promise.all(handlers.map((handler) => whole.start(handler)))
  return whole
}
