import { question } from 'warren'
import * as z from 'zod'
import { customerId } from './fields.ts'

/** The points of a customer; none at all are 0. */
export const ReadPoints = question('points.read.v1', { customerId }, { points: z.int().min(0) })
