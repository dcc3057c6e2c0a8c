import * as z from 'zod'
import { command } from './contract.ts'
import { latestRun, schedule } from './schedule.ts'
import { runSchedule } from './testing.ts'

const Report = command('report.make.v1', { until: z.string() })
const daily = (cron: string, timezone = 'Europe/Berlin') =>
  schedule('daily', cron, { timezone }, [Report], ({ at }) => Report({ until: at.toISOString() }))

/** The runs of so many days, by the clock on the wall in Berlin. */
function runs(cron: string, from: string, count: number) {
  const next = daily(cron).schedule!.next
  const times: Date[] = []
  for (let after = new Date(from); times.length < count; after = times.at(-1)!) times.push(next(after).run)
  return times.map((time) =>
    time.toLocaleString('sv', { timeZone: 'Europe/Berlin', timeStyle: 'short', dateStyle: 'short' }),
  )
}

describe('over both changes of daylight saving in Europe/Berlin, a daily schedule runs once a day', () => {
  test('at midnight', () => {
    expect(runs('0 0 * * *', '2026-03-27T12:00:00Z', 4)).toEqual(
      ['28', '29', '30', '31'].map((day) => `2026-03-${day} 00:00`),
    )
    expect(runs('0 0 * * *', '2026-10-23T12:00:00Z', 4)).toEqual(
      ['24', '25', '26', '27'].map((day) => `2026-10-${day} 00:00`),
    )
  })

  test('at half past two, an hour that one day lacks and another has twice', () => {
    expect(runs('30 2 * * *', '2026-03-27T12:00:00Z', 4)).toEqual([
      '2026-03-28 02:30',
      '2026-03-29 03:00',
      '2026-03-30 02:30',
      '2026-03-31 02:30',
    ])
    expect(runs('30 2 * * *', '2026-10-23T12:00:00Z', 4)).toEqual(
      ['24', '25', '26', '27'].map((day) => `2026-10-${day} 02:30`),
    )
    expect(runs('0 2,14 * * *', '2026-10-24T12:30:00Z', 3)).toEqual([
      '2026-10-25 02:00',
      '2026-10-25 14:00',
      '2026-10-26 02:00',
    ])
  })
})

test('of several missed runs, the latest is made up for', () => {
  const { next } = daily('0 0 * * *').schedule!
  const nextRun = (after?: Date | string | null) => next(after as Date).run
  const latest = (due: string, now: string) => latestRun({ nextRun }, new Date(due), new Date(now)).toISOString()
  expect(latest('2026-03-27T23:00:00Z', '2026-03-27T23:00:01Z')).toBe('2026-03-27T23:00:00.000Z')
  expect(latest('2026-03-27T23:00:00Z', '2026-04-02T12:00:00Z')).toBe('2026-04-01T22:00:00.000Z')
})

test.each([
  ['61 * * * *', 'Europe/Berlin', 'schedule daily: "61 * * * *" is no cron expression'],
  ['* * * * * *', 'Europe/Berlin', 'schedule daily: "* * * * * *" must have five fields'],
  ['0 0 30 2 *', 'Europe/Berlin', 'schedule daily: no time satisfies "0 0 30 2 *"'],
  ['0 0 * * *', 'Mars/Olympus', 'schedule daily: "Mars/Olympus" is no time zone'],
])('%s in %s is refused with a sentence', (cron, timezone, sentence) => {
  expect(() => daily(cron, timezone)).toThrow(sentence)
})

test('its function is tested like a handler: with a time of the test, and against its list of outputs', async () => {
  const at = new Date('2026-03-28T23:00:00Z')
  const subscriptions = [daily('0 0 * * *')]
  expect(await runSchedule(subscriptions, 'daily', { at })).toEqual([Report({ until: at.toISOString() })])
  await expect(runSchedule(subscriptions, 'weekly', { at })).rejects.toThrow('is a schedule named weekly')

  const Other = command('other.make.v1', {})
  const wrong = schedule('wrong', '0 0 * * *', { timezone: 'UTC' }, [Report], (() => Other({})) as never)
  await expect(runSchedule([wrong], 'wrong', { at })).rejects.toThrow('its list of outputs does not name')
})
