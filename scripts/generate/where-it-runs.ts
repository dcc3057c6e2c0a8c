import * as z from 'zod'
import { durationPattern } from '#runtime/duration.ts'
import {
  annotations,
  digest,
  egressRules,
  environment,
  ingressRules,
  labels,
  nameOrNone,
  peers,
  podMonitor,
  podSecurityContext,
  podSettings,
  port,
  prometheusRule,
  pullPolicy,
  resources,
  securityContext,
  serviceAccount,
  topologySpreadConstraints,
  word,
} from './kubernetes.ts'

const networkPolicy = z.strictObject({
  metricsFrom: peers,
  entranceFrom: peers,
  hosts: z.record(z.string(), peers),
  allowExternalEgress: z.boolean(),
  extraIngress: ingressRules,
  extraEgress: egressRules,
})

const percentage = z.string().regex(/^([1-9][0-9]?|100)%$/)

/** The values of `charts/handler` that say where a handler runs: never in a `handler.yaml`, and the same for all handlers. */
export const whereItRuns = z.strictObject({
  image: z.strictObject({
    registry: z.string().regex(/^[a-z0-9][a-z0-9._:/-]*[a-z0-9]$/),
    tag: z.string().regex(/^([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(@sha256:[a-f0-9]{64})?)?$/),
    digest,
    reference: z.string().regex(/^([a-z0-9][A-Za-z0-9._:/@-]*)?$/),
    pullPolicy,
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
    port,
    admin: nameOrNone,
    tls: z.boolean(),
    ca: nameOrNone,
  }),
  makeSecrets: z.boolean(),
  credentials: nameOrNone,
  redriveCredentials: nameOrNone,
  prepare: z.strictObject({ timeout: z.string().regex(durationPattern) }),
  resources,
  minHttpReplicas: z.int().min(1).max(1_000),
  podDisruptionBudget: z.strictObject({ maxUnavailable: z.union([z.int().min(1), percentage]) }),
  ...podSettings,
  topologySpreadConstraints,
  podSecurityContext,
  securityContext,
  shareProcessNamespace: z.boolean(),
  ...environment,
  extraVolumes: z.array(z.looseObject({ name: word })),
  extraVolumeMounts: z.array(z.looseObject({ name: word, mountPath: z.string().min(1) })),
  commonLabels: labels,
  commonAnnotations: annotations,
  serviceAccount,
  service: z.strictObject({ annotations }),
  nodePorts: z.boolean(),
  ingress: z
    .strictObject({
      enabled: z.boolean(),
      host: z.string(),
      className: z.string(),
      annotations,
      labels,
      tls: nameOrNone,
    })
    .meta({
      if: { properties: { enabled: { const: true } } },
      then: { properties: { host: { minLength: 1 } } },
    }),
  podMonitor,
  prometheusRule,
  networkPolicy,
  dev: z.boolean(),
})
