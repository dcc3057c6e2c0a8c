import * as z from 'zod'

/** What both charts take over from Kubernetes as it is, in the shapes and by the names of its API. Charts check keys, the cluster the rest. */

const inDetail = z.record(z.string(), z.any())

/** The name of an object: a DNS name. */
export const word = z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/)
/** The name of an object in the release's namespace; empty for none. */
export const nameOrNone = z.string().regex(/^([a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$/)
export const digest = z.string().regex(/^(sha256:[a-f0-9]{64})?$/)
export const pullPolicy = z.enum(['IfNotPresent', 'Always', 'Never'])
export const port = z.int().min(1).max(65_535)

const key = z.string().regex(/^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/)
export const labels = z.record(key, z.string().regex(/^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/))
export const annotations = z.record(key, z.string())

const quantities = z.record(z.string(), z.union([z.string().regex(/^[0-9.]+(m|[kKMGTPE]i?)?$/), z.number().min(0)]))
export const resources = z.strictObject({ requests: quantities.optional(), limits: quantities.optional() })

const toleration = z.strictObject({
  key: z.string().optional(),
  operator: z.enum(['Exists', 'Equal', 'Lt', 'Gt']).optional(),
  value: z.string().optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
  tolerationSeconds: z.int().optional(),
})

const selector = z.strictObject({ matchLabels: labels.optional(), matchExpressions: z.array(inDetail).optional() })

/** `labelSelector` may be left out: the chart then selects the pods of the same workload. */
const topologySpreadConstraint = z.strictObject({
  maxSkew: z.int().min(1),
  topologyKey: key,
  whenUnsatisfiable: z.enum(['DoNotSchedule', 'ScheduleAnyway']),
  labelSelector: selector.optional(),
  minDomains: z.int().min(1).optional(),
  matchLabelKeys: z.array(key).optional(),
  nodeAffinityPolicy: z.enum(['Honor', 'Ignore']).optional(),
  nodeTaintsPolicy: z.enum(['Honor', 'Ignore']).optional(),
})
export const topologySpreadConstraints = z.array(topologySpreadConstraint)

const inBoth = {
  runAsNonRoot: z.boolean().optional(),
  runAsUser: z.int().min(0).optional(),
  runAsGroup: z.int().min(0).optional(),
  seccompProfile: inDetail.optional(),
  appArmorProfile: inDetail.optional(),
  seLinuxOptions: inDetail.optional(),
}

export const podSecurityContext = z.strictObject({
  ...inBoth,
  fsGroup: z.int().min(0).optional(),
  fsGroupChangePolicy: z.enum(['Always', 'OnRootMismatch']).optional(),
  supplementalGroups: z.array(z.int().min(0)).optional(),
  supplementalGroupsPolicy: z.enum(['Merge', 'Strict']).optional(),
  sysctls: z.array(inDetail).optional(),
})

export const securityContext = z.strictObject({
  ...inBoth,
  allowPrivilegeEscalation: z.boolean().optional(),
  readOnlyRootFilesystem: z.boolean().optional(),
  privileged: z.boolean().optional(),
  capabilities: z
    .strictObject({ drop: z.array(z.string()).optional(), add: z.array(z.string()).optional() })
    .optional(),
})

/** Where a pod may run and what it is marked with. */
export const podSettings = {
  podLabels: labels,
  podAnnotations: annotations,
  nodeSelector: labels,
  tolerations: z.array(toleration),
  affinity: z.strictObject({
    nodeAffinity: inDetail.optional(),
    podAffinity: inDetail.optional(),
    podAntiAffinity: inDetail.optional(),
  }),
  priorityClassName: nameOrNone,
}

export const environment = {
  extraEnv: z.array(
    z.strictObject({ name: z.string().min(1), value: z.string().optional(), valueFrom: inDetail.optional() }),
  ),
  extraEnvFrom: z.array(
    z.strictObject({
      prefix: z.string().optional(),
      secretRef: inDetail.optional(),
      configMapRef: inDetail.optional(),
    }),
  ),
}

export const serviceAccount = z.strictObject({ create: z.boolean(), name: nameOrNone, annotations })

const duration = z.string().regex(/^([1-9][0-9]*(ms|s|m|h))?$/)
export const podMonitor = z.strictObject({
  labels,
  annotations,
  interval: duration.min(2),
  /** Empty for Prometheus's own. */
  scrapeTimeout: duration,
})
export const prometheusRule = z.strictObject({ labels, annotations })

const peer = z.strictObject({
  podSelector: selector.optional(),
  namespaceSelector: selector.optional(),
  ipBlock: z.strictObject({ cidr: z.string(), except: z.array(z.string()).optional() }).optional(),
})
export const peers = z.array(peer)
const ports = z.array(
  z.strictObject({
    port: z.union([port, z.string()]).optional(),
    endPort: port.optional(),
    protocol: z.enum(['TCP', 'UDP', 'SCTP']).optional(),
  }),
)
export const ingressRules = z.array(z.strictObject({ from: peers.optional(), ports: ports.optional() }))
export const egressRules = z.array(z.strictObject({ to: peers.optional(), ports: ports.optional() }))
