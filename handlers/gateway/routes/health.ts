import type { World } from 'warren'
import * as z from 'zod'
import { comeBack } from '../problem.ts'
import { route } from '../route.ts'

const Health = z.strictObject({ status: z.literal('ok'), timestamp: z.iso.datetime() })

export const health = (read: World['read']) =>
  route({
    name: 'health',
    method: 'get',
    path: '/health',
    summary: 'Whether orders can be read',
    open: true,
    answers: { 200: { description: 'The gateway and its database respond.', schema: Health } },
    async handle() {
      try {
        await read('select 1')
      } catch {
        throw comeBack('the database does not respond', 5)
      }
      return { status: 200, body: { status: 'ok', timestamp: new Date().toISOString() } }
    },
  })
