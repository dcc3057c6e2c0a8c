import { customerTokens } from '#contracts'
import { jwtVerify } from 'jose'
import welcome from './welcome.ts'

const secret = 'a secret of at least 32 characters'

async function commands() {
  const text = await welcome({ url: 'http://localhost:3000', secrets: { AUTH_SECRET: secret } })
  const [place = '', follow = ''] = text.split('\n\n').filter((part) => part.startsWith('curl '))
  return { place, follow }
}

test('the printed token is signed as the gateway requires', async () => {
  const { place } = await commands()
  const [, token] = /-H 'authorization: Bearer ([^']+)'/.exec(place)!
  const { algorithm, audience } = customerTokens
  const { payload } = await jwtVerify(token!, new TextEncoder().encode(secret), { algorithms: [algorithm], audience })
  expect(payload).toMatchObject({ sub: 'ada', exp: expect.any(Number) })
})

test('the commands can be pasted: quotes are balanced and the body is JSON', async () => {
  const { place, follow } = await commands()
  for (const command of [place, follow]) expect(command.split("'").length % 2).toBe(1)
  const [, body] = /-d '([^']+)'/.exec(place)!
  expect(JSON.parse(body!)).toMatchObject({ card: 'tok_visa' })
})

test('each start suggests an order of its own', async () => {
  const [one, other] = await Promise.all([commands(), commands()])
  expect(one.follow).not.toBe(other.follow)
})
