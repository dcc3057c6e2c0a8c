import { authentication } from '../../handlers/gateway/auth.ts'
import { firstOrder } from './welcome.ts'

const secret = 'a secret of at least 32 characters'

test('the printed token is one that the gateway knows', async () => {
  const { place } = await firstOrder('http://localhost:3000', secret)
  const [, authorization] = /-H 'authorization: ([^']+)'/.exec(place)!
  await expect(authentication(secret)(authorization)).resolves.toMatchObject({ id: 'ada' })
})

test('the commands survive being pasted: quotes are balanced and the body is JSON', async () => {
  const { place, follow } = await firstOrder('http://localhost:3000', secret)
  for (const command of [place, follow]) expect(command.split("'").length % 2).toBe(1)
  const [, body] = /-d '([^']+)'/.exec(place)!
  expect(JSON.parse(body!)).toMatchObject({ card: 'tok_visa' })
})

test('each start suggests an order of its own', async () => {
  const [one, other] = await Promise.all([1, 2].map(() => firstOrder('http://localhost:3000', secret)))
  expect(one!.follow).not.toBe(other!.follow)
})
