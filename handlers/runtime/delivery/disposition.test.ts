import { Reject, TooEarly } from '../failures.ts'
import type { History } from '../message/history.ts'
import { Unacceptable, UnsupportedVersion } from '../message/validate.ts'
import { TimedOut } from '../time/within.ts'
import { afterCrashes, afterFailure, type DeadLettered, type Retried } from './disposition.ts'

const first: History = {
  attempt: 1,
  deferrals: 0,
  crashes: 0,
  user: 'orders',
  key: 'payment.pay.v1',
  exchange: 'commands',
}
const retry = { attempts: 6, forever: ['payment.void.v1'] }

const of = (error: unknown, history: Partial<History> = {}, type = 'payment.pay.v1') =>
  afterFailure(error, type, { ...first, ...history }, retry)

/** The way of a message that fails each time, until it is dead or has gone it 20 times. */
function wayOf(fail: (history: History) => Retried | DeadLettered | undefined) {
  const way: string[] = []
  let history = first
  while (way.length < 20) {
    const disposition = fail(history)
    if (!disposition) break
    way.push(disposition.to === 'dead' ? disposition.reason : disposition.tier)
    if (disposition.to === 'dead') break
    history = disposition.history
  }
  return { way, history }
}

describe('a message that fails', () => {
  test.each([
    ['an error', new Error('no')],
    ['null', null],
    ['a call that took too long', new TimedOut('late')],
  ])('climbs the ladder of delays and is dead-lettered after its last attempt: %s', (_, error) => {
    const { way, history } = wayOf((history) => of(error, history))
    expect(way).toEqual(['1s', '5s', '30s', '2m', '10m', 'exhausted'])
    expect(history).toEqual({ ...first, attempt: 6 })
  })

  test('has as many attempts as handler.yaml sets, even a single one', () => {
    expect(afterFailure(new Error('no'), 'a.b.v1', first, { attempts: 1, forever: [] })).toMatchObject({ to: 'dead' })
    const { way } = wayOf((history) => afterFailure(new Error('no'), 'a.b.v1', history, { attempts: 9, forever: [] }))
    expect(way).toEqual(['1s', '5s', '30s', '2m', '10m', '10m', '10m', '10m', 'exhausted'])
  })

  test('is retried on the last tier forever if handler.yaml lists its type, and raises an alarm from its last attempt on', () => {
    const { way } = wayOf((history) => of(new Error('no'), history, 'payment.void.v1'))
    expect(way).toEqual(['1s', '5s', '30s', '2m', ...Array.from({ length: 16 }, () => '10m')])
    expect(of(new Error('no'), { attempt: 5 }, 'payment.void.v1')).toMatchObject({ stuck: false })
    expect(of(new Error('no'), { attempt: 6 }, 'payment.void.v1')).toMatchObject({ stuck: true, outcome: 'retried' })
  })
})

describe('a message that can never succeed is dead-lettered at once, with its attempts unchanged', () => {
  test.each<[string, Error, string]>([
    ['rejected by its handler', new Reject('no'), 'rejected'],
    ['refused by validation', new Unacceptable('too-deep', 'no'), 'too-deep'],
  ])('%s, even if its type is retried forever', (_, error, why) => {
    expect(of(error, { attempt: 3 }, 'payment.void.v1')).toEqual({
      to: 'dead',
      reason: why,
      history: { ...first, attempt: 3 },
      error,
    })
  })
})

describe('a message that arrives too early', () => {
  test.each([
    ['deferred-too-long', new TooEarly('too early')],
    ['unsupported-version', new UnsupportedVersion('of tomorrow')],
  ])('waits for an hour or longer, spends no attempt, and is finally dead-lettered: %s', (why, error) => {
    const { way, history } = wayOf((history) => of(error, history))
    expect(way).toEqual(['1s', '5s', '30s', '2m', ...Array.from({ length: 6 }, () => '10m'), why])
    expect(history).toEqual({ ...first, deferrals: 10 })
  })

  test('counts its deferrals apart from its attempts', () => {
    expect(of(new TooEarly('too early'), { attempt: 4 })).toMatchObject({
      tier: '1s',
      outcome: 'deferred',
      history: { attempt: 4, deferrals: 1 },
    })
    expect(of(new Error('no'), { deferrals: 9 })).toMatchObject({ tier: '1s', history: { attempt: 2, deferrals: 9 } })
  })
})

describe('a message that was delivered but never settled', () => {
  test.each([
    ['for the first time, whatever its headers claim', false, 99],
    ['once', true, 1],
    ['twice', true, 2],
    ['without a count', true, undefined],
    ['with a count that is a string', true, '99'],
  ])('%s is not a suspect', (_, redelivered, count) => {
    expect(afterCrashes(redelivered, count, first)).toBeUndefined()
  })

  test('three times is set aside for longer and longer, and is dead-lettered the fifth time: fifteen deaths, and no attempt is spent', () => {
    let deaths = 0
    const { way, history } = wayOf((history) => {
      deaths += 3
      expect(afterCrashes(true, 2, history)).toBeUndefined()
      return afterCrashes(true, 3, history)
    })
    expect(deaths).toBe(15)
    expect(way).toEqual(['1s', '5s', '30s', '2m', 'crashed-the-process'])
    expect(history).toEqual({ ...first, crashes: 4 })
  })
})
