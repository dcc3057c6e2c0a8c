import { customerTokens } from '#contracts'
import { jwtVerify } from 'jose'
import { firstOrder } from './welcome.ts'

const secret = 'a secret of at least 32 characters'

test('the printed token is signed as the gateway requires', async () => {
  const { place } = await firstOrder('http://localhost:3000', secret)
  const [, token] = /-H 'authorization: Bearer ([^']+)'/.exec(place)!
  const { algorithm, audience } = customerTokens
  const { payload } = await jwtVerify(token!, new TextEncoder().encode(secret), { algorithms: [algorithm], audience })
  expect(payload).toMatchObject({ sub: 'ada', exp: expect.any(Number) })
})

test('the commands can be pasted: quotes are balanced and the body is JSON', async () => {
  const { place, follow } = await firstOrder('http://localhost:3000', secret)
  for (const command of [place, follow]) expect(command.split("'").length % 2).toBe(1)
  const [, body] = /-d '([^']+)'/.exec(place)!
  expect(JSON.parse(body!)).toMatchObject({ card: 'tok_visa' })
})

test('each start suggests an order of its own', async () => {
  const [one, other] = await Promise.all([1, 2].map(() => firstOrder('http://localhost:3000', secret)))
  expect(one!.follow).not.toBe(other!.follow)
})
