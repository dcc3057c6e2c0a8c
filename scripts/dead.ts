import { connect } from 'amqplib'
import { loadManifests } from '#runtime/manifest/index.ts'
import { runDead } from './dead/run.ts'
import { readShop } from './inspect/shop.ts'

try {
  process.exitCode = await runDead(process.argv.slice(2), {
    connect: (data) => connect(process.env['AMQP_URL'] ?? readShop(data).amqpUrl),
    handlers: loadManifests('handlers').map(({ name }) => name),
    print: (line) => console.log(line),
  })
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 2
}
