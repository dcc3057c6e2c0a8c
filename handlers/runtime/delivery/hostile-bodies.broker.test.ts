import { needs, type HandlerProcess } from '#testbed'
import { jobOf } from '../fixtures/jobs.ts'
import { expectToLeave, openWorkbench, reason, type Workbench } from '../fixtures/workbench.ts'

let bench: Workbench
let workbench: HandlerProcess

beforeAll(async () => {
  bench = await openWorkbench()
  workbench = await bench.start()
  await workbench.ready
})

afterAll(async () => {
  try {
    await expectToLeave(workbench, bench)
  } finally {
    await bench.close()
  }
})

/** Expects the message to be dead-lettered for this reason, unchanged and without an effect, and its neighbours to be handled. */
async function expectDead(body: string | Buffer, why: string, error?: string | RegExp) {
  const before = await bench.send(jobOf())
  const id = await bench.publish(body)
  const after = await bench.send(jobOf())

  const letter = await bench.letter(id)
  expect(reason(letter)).toBe(why)
  expect(letter.content.equals(Buffer.from(body))).toBe(true)
  expect(letter.properties.headers).toMatchObject({ 'x-dead-attempts': 1, 'x-dead-handler': 'workbench' })
  if (error !== undefined) expect(letter.properties.headers?.['x-dead-error']).toMatch(error)
  expect(await bench.effects(id)).toEqual([])
  expect(await bench.handled(before)).toHaveLength(1)
  expect(await bench.handled(after)).toHaveLength(1)
}

/** JSON of a job with these fields as they are written, valid or not. */
function jobWith(fields: string): string {
  return `${JSON.stringify(jobOf().data).slice(0, -1)},${fields}}`
}

describe('bodies that can never be handled are dead-lettered at once', () => {
  test.each<[string, string | Buffer]>([
    ['nothing at all', ''],
    ['plain words', 'hello'],
    ['a truncated object', '{"job":'],
    ['a byte order mark', `\ufeff${JSON.stringify(jobOf().data)}`],
    ['NaN', jobWith('"amount":NaN')],
    ['truncated UTF-8', Buffer.concat([Buffer.from('{"job":"'), Buffer.from([0xe2, 0x82])])],
    [
      'an overlong form of UTF-8',
      Buffer.concat([Buffer.from('{"job":"'), Buffer.from([0xc0, 0x80]), Buffer.from('"}')]),
    ],
    ['UTF-16', Buffer.from(JSON.stringify(jobOf().data), 'utf16le')],
    ['null', 'null'],
    ['an array', '[]'],
    ['a string', '"x"'],
    ['a number that overflows to Infinity', '1e999'],
    ['half of a surrogate pair', jobWith('"text":"\\ud800"')],
    ['half of a surrogate pair in capitals', jobWith('"text":"\\uDFFF"')],
    ['a NUL, which PostgreSQL refuses', jobWith('"text":"a\\u0000b"')],
    ['a NUL in a key', jobWith('"notes":{"a\\u0000b":"c"}')],
    ['a negative amount', jobWith('"amount":-1')],
    ['an amount of zero', jobWith('"amount":0')],
    ['a fractional amount', jobWith('"amount":1.5')],
    ['an amount beyond the safe integers', jobWith('"amount":9007199254740993')],
    ['an absurd amount', jobWith('"amount":1e308')],
    ['an infinite amount', jobWith('"amount":1e999')],
    ['an amount in quotes', jobWith('"amount":"1"')],
  ])('%s', async (_, body) => {
    await expectDead(body, 'malformed')
  })

  test('the dead letter names the field and its rule', async () => {
    await expectDead(jobWith('"amount":-1'), 'malformed', /^Unacceptable: job\.do\.v1: amount must be at least 1$/)
  })
})

describe('size limits', () => {
  test.each<[string, string, string]>([
    ['10,000 levels', '{"deep":'.repeat(10_000) + '1' + '}'.repeat(10_000), 'too-deep'],
    ['10,000 levels that never close', '['.repeat(10_000), 'too-deep'],
    ['33 levels', jobWith(`"more":${'['.repeat(32)}${']'.repeat(32)}`), 'too-deep'],
    ['100,000 keys', `{${Array.from({ length: 100_000 }, (_, index) => `"${index}":1`).join()}}`, 'too-large'],
    ['one byte more than 256 KiB', '"'.padEnd(256 * 1024, 'x') + '"', 'too-large'],
    ['a string of 10 MB', jobWith(`"text":"${'x'.repeat(10_000_000)}"`), 'too-large'],
    ['15.9 MiB', 'x'.repeat(15.9 * 1024 * 1024), 'too-large'],
  ])('%s: dead-lettered before parsing', async (_, body, why) => {
    await expectDead(body, why)
  })

  test.each([
    ['exactly 256 KiB', ' '.repeat(256 * 1024 - jobWith('"x":1').length) + jobWith('"x":1')],
    ['32 levels', jobWith(`"more":${'['.repeat(31)}${']'.repeat(31)}`)],
    ['brackets in a string', jobWith(`"text":"${'[{'.repeat(1_000)}\\"[["`)],
  ])('%s is handled', async (_, body) => {
    expect(await bench.handled(await bench.publish(body))).toHaveLength(1)
  })

  needs('4.0', 'a limit of 16 MiB')('16.1 MiB is refused by the broker, to its producer', async () => {
    const channel = await bench.world.channel(bench.world.broker.admin.user)
    const refused = new Promise<number>((resolve) =>
      channel.once('error', ({ code }: { code: number }) => resolve(code)),
    )
    channel.publish('commands', 'job.do.v1', Buffer.alloc(16.1 * 1024 * 1024), { userId: 'admin' })
    expect(await refused).toBe(406)
  })
})

describe('keys and strings with a special meaning elsewhere have none here', () => {
  test.each([
    ['__proto__', '"__proto__":{"polluted":true}'],
    ['nested __proto__', '"more":{"__proto__":{"polluted":true}}'],
    ['constructor.prototype', '"constructor":{"prototype":{"polluted":true}}'],
    ['toString', '"toString":"x","valueOf":1,"hasOwnProperty":null'],
    ['notes named after members of Object.prototype', '"notes":{"toString":"x","constructor":"y"}'],
  ])('%s changes no other object', async (_, fields) => {
    const [effect] = await bench.handled(await bench.publish(jobWith(fields)))
    expect(effect?.polluted).toBe(false)
  })

  test('a field named __proto__ never becomes a field of the data', async () => {
    const id = await bench.publish(jobWith('"notes":{"__proto__":"x"}'))
    const [effect] = await bench.handled(id)
    expect(Object.keys(effect?.notes ?? {})).toEqual([])
  })

  test.each([
    ["'; drop table effects; --"],
    ['${jndi:ldap://127.0.0.1/a}'],
    ['$(touch pwned) `id` | & ;'],
    ['{{7*7}} <%= 7 %> #{7}'],
    ['../../../../etc/passwd'],
    ['%s %n %d'],
    ['line\r\nbreak \u001b[31mred\u001b[0m \u2028\u2029 \u202egnp.exe \u0001\u007f\u009b'],
    ['e\u0301 is not \u00e9'],
    ['😀 \ud83d\ude00'],
  ])('the string %j is stored unchanged', async (text) => {
    const [effect] = await bench.handled(await bench.send(jobOf({ text })))
    expect(effect?.text).toBe(text)
  })
})
