import { GreetingWritten, WriteGreeting } from '#contracts'
import { handler, on } from 'warren'

/** Greets, and counts how often it has greeted each person: once for each request, however often its message is delivered. */
export const greeter = () => [
  on(WriteGreeting, [GreetingWritten], async ({ id, name }, { db }) => {
    const { rows } = await db.query<{ times: number }>(
      `insert into guests (name, times) values ($1, 1)
       on conflict (name) do update set times = guests.times + 1
       returning times`,
      [name],
    )
    const times = rows[0]?.times ?? 1
    return GreetingWritten({ id, text: times === 1 ? `Hello, ${name}!` : `Hello again, ${name}! (${times})` })
  }),
]

export default handler({ subscriptions: greeter })
