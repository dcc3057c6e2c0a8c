import * as z from 'zod'
import {
  annotations,
  digest,
  labels,
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

const milliseconds = z.int().min(1)
const image = z.string().min(1)
const duration = z.string().regex(/^[1-9][0-9]*[smhdwy]$/)
const storage = z.string().regex(/^[0-9]+Gi$/)

const ofAllPods = { ...podSettings, securityContext }
/** A workload replaces a setting of all pods by one of the same name. */
const workload = { resources, ...z.object(ofAllPods).partial().shape }

/** The values of `charts/system`. */
export const systemValues = z.strictObject({
  global: z.looseObject({}).optional(),
  vhost: z.string().regex(/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/),
  tiers: z.strictObject({
    '1s': milliseconds,
    '5s': milliseconds,
    '30s': milliseconds,
    '2m': milliseconds,
    '10m': milliseconds,
  }),
  makeSecrets: z.boolean(),
  ...ofAllPods,
  commonLabels: labels,
  commonAnnotations: annotations,
  serviceAccount,
  namespaces: z.strictObject({ keda: word, operators: word }),
  networkPolicy: z.strictObject({
    dns: z.strictObject({ to: peers, port }),
    metricsFrom: peers,
    apiServer: peers,
  }),
  rabbitmq: z.strictObject({
    image,
    replicas: z.literal([1, 3, 5, 7]),
    storage,
    storageClassName: z.string(),
    diskFreeLimit: z.string().regex(/^[1-9][0-9]*(MB|GB)$/),
    statisticsInterval: z.int().min(1_000).max(5_000),
    terminationGracePeriodSeconds: z.int().min(1),
    tls: z.strictObject({ secretName: z.string() }),
    topologySpreadConstraints,
    podSecurityContext: podSecurityContext.optional(),
    ...workload,
  }),
  postgres: z.strictObject({
    external: z.strictObject({ host: z.string(), port, tls: z.boolean() }),
    image,
    storage,
    storageClassName: z.string(),
    maxConnections: z.int().min(50),
    podSecurityContext,
    ...workload,
  }),
  image: z.strictObject({
    registry: z.string().min(1),
    tag: z.string(),
    digest,
    reference: z.string(),
    pullPolicy,
    pullSecrets: z.array(word),
  }),
  mail: z.strictObject({ enabled: z.boolean(), storage, podSecurityContext, ...workload }),
  podMonitor,
  prometheusRule,
  prometheus: z.strictObject({
    enabled: z.boolean(),
    image,
    interval: duration,
    retention: duration,
    podSecurityContext,
    ...workload,
  }),
  grafana: z.strictObject({ enabled: z.boolean(), image, podSecurityContext, ...workload }),
  dashboards: z.strictObject({ label: z.string().min(1), value: z.string().min(1) }),
})
