import { randomUUID } from 'node:crypto'
import express, { type Express } from 'express'
import * as z from 'zod'
import { name, WriteGreeting } from '#contracts'
import { wrongField, type World } from 'warren'

const body = z.strictObject({ name })

/** HTTP in, messages out. */
export function routes({ read, submit }: Pick<World, 'read' | 'submit'>): Express {
  const app = express()

  app.post('/greetings', express.json(), async (request, response) => {
    const { data, error } = body.safeParse(request.body)
    if (error) return void response.status(422).json({ problem: wrongField(error, 'the body') })
    const id = randomUUID()
    // The row and the command are stored together: neither exists without the other.
    await submit(
      async (db) => {
        await db.query('insert into greetings (id, name) values ($1, $2)', [id, data.name])
        return { value: id, messages: [WriteGreeting({ id, name: data.name })] }
      },
      { correlationId: id },
    )
    response.status(202).location(`/greetings/${id}`).json({ id })
  })

  app.get('/greetings/:id', async (request, response) => {
    const id = z.uuid().safeParse(request.params.id).data
    const { rows } = await read('select name, text from greetings where id = $1', [id ?? null])
    if (rows[0]) response.json(rows[0])
    else response.status(404).json({ problem: 'there is no such greeting' })
  })

  return app
}
