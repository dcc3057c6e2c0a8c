import { join } from 'node:path'
import { connect } from 'amqplib'
import { loadManifests } from '#runtime/manifest.ts'
import { runDead } from './dead/run.ts'
import { readShop } from './local/shop.ts'

const url = process.env['AMQP_URL'] ?? (() => readShop().amqpUrl)

try {
  process.exitCode = await runDead(process.argv.slice(2), {
    connect: () => connect(typeof url === 'string' ? url : url()),
    handlers: loadManifests('handlers').map(({ name }) => name),
    archive: join('.warren', 'discarded.jsonl'),
    print: (line) => console.log(line),
  })
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 2
}
