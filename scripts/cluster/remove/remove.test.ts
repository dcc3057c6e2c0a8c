import type { KeptObject, Leftovers } from './leftovers.ts'
import { parse } from '../../cli/command.ts'
import { removeCommand } from './remove-command.ts'
import { remove } from './remove.ts'

const queue = (name: string): KeptObject => ({ kind: 'Queue', metadata: { name }, spec: { name } })
const binding = (name: string): KeptObject => ({
  kind: 'Binding',
  metadata: { name },
  spec: { destination: 'billing' },
})
const policy: KeptObject = { kind: 'Policy', metadata: { name: 'billing' }, spec: { name: 'billing' } }
const other = (kind: string, name = 'billing'): KeptObject => ({ kind, metadata: { name }, spec: {} })
const ofUser = [other('User'), other('Permission'), other('TopicPermission', 'billing.events'), other('NetworkPolicy')]
const all = [queue('billing'), queue('billing.dead'), binding('billing-1'), binding('billing-2'), policy, ...ofUser]

/** The leftovers of billing, in memory. */
function ground({
  installed = false,
  messages = {},
  arrives = false,
}: {
  installed?: boolean
  messages?: Record<string, number>
  arrives?: boolean
} = {}) {
  let there = [...all]
  let secrets = ['billing-credentials']
  const leftovers: Leftovers = {
    installed: async () => installed,
    kept: async () => there,
    secrets: async () => secrets,
    messages: async () => new Map(Object.entries(messages)),
    async counted() {
      // The last message that came through a binding.
      if (arrives) messages['billing'] = 1
    },
    async remove(objects) {
      there = there.filter((object) => !objects.includes(object))
    },
    restore: async (objects) => void there.push(...objects),
    removeSecret: async (name) => void (secrets = secrets.filter((each) => each !== name)),
  }
  const names = () => [...there.map(({ kind, metadata }) => `${kind} ${metadata.name}`), ...secrets].sort()
  return { leftovers, names }
}

const everything = ground().names()

async function removed(given: Parameters<typeof ground>[0], ...args: string[]) {
  const { leftovers, names } = ground(given)
  const printed: string[] = []
  const told = await remove(parse(removeCommand, ['billing', ...args])!, leftovers, (line) => printed.push(line)).then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  )
  return { told, left: names(), printed }
}

test('everything that helm uninstall leaves is removed', async () => {
  expect(await removed({})).toEqual({
    told: undefined,
    left: [],
    printed: [
      'removed Binding billing-1, Binding billing-2',
      'removed Permission billing, TopicPermission billing.events',
      'removed Queue billing, Queue billing.dead, Policy billing, User billing, NetworkPolicy billing',
      'removed Secret billing-credentials',
    ],
  })
})

test('an installed handler is refused, and the error names the command that uninstalls it', async () => {
  const { told, left } = await removed({ installed: true }, '--namespace', 'mine')
  expect(told).toMatch('billing is still installed: helm uninstall billing --namespace mine first')
  expect(left).toEqual(everything)
})

test('nothing is removed while messages wait for a retry, because they may belong to the handler', async () => {
  const { told, left } = await removed({ messages: { 'wait.10m': 2, 'wait.1s': 1 } })
  expect(told).toMatch('3 messages wait for a retry, and some may be for billing. Nothing was removed.')
  expect(left).toEqual(everything)
})

test('nothing is removed while a queue holds messages or dead letters', async () => {
  for (const [name, held] of [
    ['billing', '2 messages'],
    ['billing.dead', '1 message'],
  ] as const) {
    const { told, left } = await removed({ messages: { [name]: parseInt(held) } })
    expect(told).toMatch(`${name} holds ${held}. Nothing was removed.`)
    expect(left).toEqual(everything)
  }
})

test('the bindings are restored when a message arrives meanwhile', async () => {
  const { told, left } = await removed({ arrives: true })
  expect(told).toMatch('billing holds 1 message. Nothing was removed.')
  expect(left).toEqual(everything)
})

test('a dry run lists objects and counts messages, and removes nothing', async () => {
  const { told, left, printed } = await removed({ messages: { 'billing.dead': 3 } }, '--dry-run')
  expect([told, left]).toEqual([undefined, everything])
  expect(printed).toEqual([
    'Queue billing, 0 messages',
    'Queue billing.dead, 3 messages',
    'Binding billing-1',
    'Binding billing-2',
    'Policy billing',
    'User billing',
    'Permission billing',
    'TopicPermission billing.events',
    'NetworkPolicy billing',
    'Secret billing-credentials',
  ])
})

test('exactly one handler must be named', () => {
  expect(() => parse(removeCommand, [])).toThrow('npm run remove: <handler> must be exactly one (got nothing)')
  expect(() => parse(removeCommand, ['billing', 'orders'])).toThrow('must be exactly one (got billing orders)')
})
