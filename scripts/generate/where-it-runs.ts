import * as z from 'zod'
import { durationPattern } from '#runtime/duration.ts'

const word = z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/)
/** The name of an object in the release's namespace; empty for none. */
const nameOrNone = z.string().regex(/^([a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$/)

/** The values of `charts/handler` that say where a handler runs: never in a `handler.yaml`, and the same for all handlers. */
export const whereItRuns = z.strictObject({
  image: z.strictObject({
    registry: z.string().regex(/^[a-z0-9][a-z0-9._:/-]*[a-z0-9]$/),
    tag: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(@sha256:[a-f0-9]{64})?$/),
    reference: z.string().regex(/^([a-z0-9][A-Za-z0-9._:/@-]*)?$/),
    pullPolicy: z.enum(['IfNotPresent', 'Always', 'Never']),
    pullSecrets: z.array(word),
  }),
  broker: z.strictObject({
    name: word,
    vhost: z.string().regex(/^[A-Za-z0-9._-]+$/),
    tls: z.boolean(),
    ca: nameOrNone,
  }),
  postgres: z.strictObject({
    host: word,
    port: z.int().min(1).max(65_535),
    admin: nameOrNone,
    tls: z.boolean(),
    ca: nameOrNone,
  }),
  credentials: nameOrNone,
  prepare: z.strictObject({ timeout: z.string().regex(durationPattern) }),
  resources: z.record(z.string(), z.any()),
  dev: z.boolean(),
})
