import { randomInt } from 'node:crypto'
import fc from 'fast-check'
import { Client } from 'pg'
import { CarryLoad } from '../fixtures/loads.ts'
import { respawn, type Respawned, until, createWorld, type World, type WorldOptions } from '#testbed'

let world: World
let database: Client
let replicas: Respawned[]

async function open(count: number, options: WorldOptions) {
  world = await createWorld(['handlers/runtime/fixtures/porter'], options)
  database = new Client({ connectionString: world.databaseUrl('porter') })
  await database.connect()
  replicas = await Promise.all(Array.from({ length: count }, () => respawn(() => world.spawn('porter'))))
}

afterEach(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()))
  await database.end()
  await world.close()
})

/** What was carried, in order. */
async function carried() {
  const { rows } = await database.query<{ load: number }>('select load from carried order by load')
  return rows.map(({ load }) => load)
}

const numbers = (count: number) => Array.from({ length: count }, (_, number) => number)

test('a message that kills its process is finally dead-lettered, and none of its neighbours is', async () => {
  await open(2, { tiers: { '1s': 100, '5s': 200, '30s': 300, '2m': 400, '10m': 500 } })
  const killers = [20, 60]
  const all = numbers(100)
  await Promise.all(all.map((load) => world.send(CarryLoad({ load, takes: 20, kills: killers.includes(load) }))))

  await until(async () => (await world.depth('porter.dead')) === killers.length, { within: 100_000 })
  const innocent = all.filter((load) => !killers.includes(load))
  await until(async () => (await carried()).length >= innocent.length)
  expect(await carried()).toEqual(innocent)

  const channel = await world.channel('admin')
  for (const _ of killers) {
    const letter = await until(() => channel.get('porter.dead'))
    expect(JSON.parse(letter.content.toString())).toMatchObject({ kills: true })
    expect(letter.properties.headers).toMatchObject({ 'x-dead-reason': 'crashed-the-process', 'x-dead-attempts': 1 })
  }
}, 120_000)

test('one random SIGKILL per second dead-letters no message, even if its call takes 3 s', async () => {
  const seconds = 30
  const seed = Number(process.env['CHAOS_SEED'] ?? randomInt(2 ** 31))
  console.log(`suspects with CHAOS_SEED=${seed}`)
  const victims = fc.sample(fc.nat({ max: 2 }), { seed, numRuns: seconds })

  // In this time nothing can come as far as the last tier, guilty or not.
  await open(3, { tiers: { '1s': 1_000, '5s': 5_000, '30s': 10_000, '2m': 15_000, '10m': 20_000 } })
  const channel = await world.channel('admin')
  await channel.assertQueue('suspected', { arguments: { 'x-queue-type': 'quorum' } })
  await channel.bindQueue('suspected', 'delay', '*.porter')
  const all = numbers(30)
  await Promise.all(all.map((load) => world.send(CarryLoad({ load, takes: 3_000, kills: false }))))

  const start = Date.now()
  for (const [second, victim] of victims.entries()) {
    await until(() => Date.now() - start >= (second + 1) * 1_000)
    await replicas[victim]?.current.kill('SIGKILL')
  }
  await until(async () => (await carried()).length >= all.length, { within: 100_000 })
  expect(await carried()).toEqual(all)
  expect(await world.depth('porter.dead')).toBe(0)
  // Some were held by three processes in a row that were killed.
  expect(await world.depth('suspected')).toBeGreaterThan(0)
  expect(replicas.flatMap(({ ends }) => ends).filter((end) => end === 'SIGKILL').length).toBeGreaterThan(seconds * 0.9)
}, 180_000)
