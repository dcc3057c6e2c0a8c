import { FailureSimulated, simulatedFailure, type Submit } from 'warren'
import * as z from 'zod'
import { route } from '../route.ts'

const Simulation = z.strictObject(simulatedFailure)

export const simulateFailure = (submit: Submit) =>
  route({
    name: 'simulateFailure',
    method: 'post',
    path: '/api/admin/simulate-failure',
    summary: 'Makes a handler fail for some seconds, where its processes have SIMULATED_FAILURES=on',
    admin: true,
    body: Simulation,
    answers: { 202: { description: 'The failure is on its way to every process of the handler.', schema: Simulation } },
    async handle({ body, correlationId }) {
      await submit(async () => ({ value: undefined, messages: [FailureSimulated(body)] }), { correlationId })
      return { status: 202, body }
    },
  })
