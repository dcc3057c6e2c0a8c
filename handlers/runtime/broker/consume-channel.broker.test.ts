import { connect } from 'amqplib'
import { createWorld, type World } from '#testbed'
import { ConsumeChannel } from './consume-channel.ts'

let world: World

beforeAll(async () => {
  world = await createWorld([])
})

afterAll(() => world.close())

test('an acknowledgement that meets a closing connection ends the channel, not the process', async () => {
  const connection = await connect(world.url(world.broker.admin.user))
  const channel = await connection.createChannel()
  const { queue } = await channel.assertQueue('', { exclusive: true })
  channel.sendToQueue(queue, Buffer.from('{}'))
  const consuming = new ConsumeChannel(channel, {
    queue,
    prefetch: 1,
    gather: () => undefined,
    receive(delivery) {
      delivery.acknowledge()
      void connection.close()
    },
  })

  await consuming.begin()
  expect(String(await consuming.left)).toContain('Connection closing')
  expect(consuming.alive).toBe(false)
})
