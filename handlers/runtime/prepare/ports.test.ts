import { handler } from '../handler.ts'
import { parseManifest } from '../manifest/index.ts'
import { portsWithoutWorld } from './ports.ts'

const manifest = parseManifest('payments', { env: { BANK_URL: 'http://bank', BANK_KEY: '' } })

interface Ports {
  bank: { authorize: (amount: number) => string }
}

const bankOf = (key: string): Ports => {
  if (key === '') throw new Error('BANK_KEY must have at least 32 characters')
  return { bank: { authorize: (amount) => `${key} for ${amount}` } }
}

test('the subscriptions can be listed without the values that only pods have', () => {
  const made: unknown[] = []
  const definition = handler({
    subscriptions({ bank: { authorize } }: Ports) {
      made.push(authorize(5))
      return []
    },
    ports: ({ env }) => bankOf(env('BANK_KEY')),
  })
  expect(definition.subscriptions(portsWithoutWorld(definition, manifest))).toEqual([])
  expect(made).toHaveLength(1)
})

test('ports that can be created are the real ones', () => {
  const definition = handler<Ports>({ subscriptions: () => [], ports: ({ env }) => bankOf(env('BANK_URL')) })
  expect(portsWithoutWorld(definition, manifest).bank.authorize(5)).toBe('http://bank for 5')
})

test('a variable that handler.yaml does not name is already refused here', () => {
  const definition = handler<Ports>({ subscriptions: () => [], ports: ({ env }) => bankOf(env('BANK_PASSWORD')) })
  expect(() => portsWithoutWorld(definition, manifest)).toThrow(
    'handlers/payments/handler.yaml: env must name BANK_PASSWORD, which handler.ts reads',
  )
})
