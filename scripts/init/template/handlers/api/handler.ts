import { GreetingWritten } from '#contracts'
import { handler, on } from 'warren'
import { routes } from './routes.ts'

/** Keeps each answer, so that `GET /greetings/{id}` finds it. */
export const answers = () => [
  on(GreetingWritten, async ({ id, text }, { db }) => {
    await db.query('update greetings set text = $2 where id = $1', [id, text])
  }),
]

export default handler({ subscriptions: answers, serve: (_, world) => routes(world) })
