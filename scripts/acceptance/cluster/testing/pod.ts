import { randomUUID } from 'node:crypto'
import { until } from '../../../testbed/until.ts'
import { apply, kubectl } from '../../../cluster/testing/commands.ts'
import { testNamespace } from '../../../cluster/testing/namespace.ts'

/** Runs JavaScript in a pod of its own with these labels, in a handler's image, and returns its exit code. */
export async function runInPod(
  namespace: string,
  labels: Readonly<Record<string, string>>,
  script: string,
): Promise<number> {
  const name = `probe-${randomUUID().slice(0, 8)}`
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'probe',
          image: 'docker.io/warren/bank:dev',
          args: ['-e', script],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  }
  await apply(namespace, pod)
  try {
    return await until(
      async () => {
        const code = await kubectl(
          'get',
          'pod',
          name,
          '-n',
          namespace,
          '-o',
          'jsonpath={.status.containerStatuses[0].state.terminated.exitCode}',
        )
        return code === '' ? undefined : { code: Number(code) }
      },
      { within: 60_000 },
    ).then(({ code }) => code)
  } finally {
    await kubectl('delete', 'pod', name, '-n', namespace, '--wait=false')
  }
}

/** Whether the cluster enforces NetworkPolicies: tried with a pod that may reach nothing. */
export async function enforcesPolicies(): Promise<boolean> {
  const namespace = testNamespace()
  await apply(namespace, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'reaches-nothing' },
    spec: { podSelector: { matchLabels: { probe: 'reaches-nothing' } }, policyTypes: ['Egress'] },
  })
  const reach = `require('node:net').connect(443, process.env.KUBERNETES_SERVICE_HOST).setTimeout(3000, () => process.exit(1)).on('error', () => process.exit(1)).on('connect', () => process.exit(0))`
  const code = await runInPod(namespace, { probe: 'reaches-nothing' }, reach)
  await kubectl('delete', 'networkpolicy', 'reaches-nothing', '-n', namespace)
  return code !== 0
}
