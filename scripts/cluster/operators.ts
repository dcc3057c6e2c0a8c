import { ownPath } from '../own-files.ts'
import { must, pasteable } from './run-program.ts'
import { runPastWebhooks } from './past-webhooks.ts'

/** A folder of Warren's k8s/ and the conditions that must hold before the next one. */
interface OperatorPart {
  readonly folder: string
  readonly ready: readonly (readonly string[])[]
}

const available = (namespace: string) =>
  ['deployment', '--all', '--namespace', namespace, '--for', 'condition=Available', '--timeout', '5m'] as const

/** In this order: the operators' certificates come from cert-manager, and the charts need all of them. */
const parts: readonly OperatorPart[] = [
  { folder: 'k8s/cert-manager', ready: [available('cert-manager')] },
  { folder: 'k8s/rabbitmq-cluster-operator', ready: [available('rabbitmq-system')] },
  { folder: 'k8s/rabbitmq-topology-operator', ready: [available('rabbitmq-system')] },
  {
    folder: 'k8s/keda',
    ready: [
      available('keda'),
      // The autoscaler reads queue lengths through it.
      ['apiservice/v1beta1.external.metrics.k8s.io', '--for', 'condition=Available', '--timeout', '5m'],
    ],
  },
]

/**
 * Installs the operators of k8s/ and waits for each. Installed ones are kept.
 *
 * @param rest milliseconds between two attempts while a webhook does not answer yet
 * @throws the command that failed, with its output
 */
export async function installOperators(print: (text: string) => void, { rest = 5_000 } = {}): Promise<void> {
  for (const { folder, ready } of parts) {
    await apply(['kubectl', 'apply', '--server-side', '-k', ownPath(folder)], rest, print)
    for (const condition of ready) {
      const command = ['kubectl', 'wait', ...condition]
      print(`$ ${pasteable(command)}\n`)
      await must(command, print)
    }
  }
}

/** A webhook answers some seconds after its Deployment is available. */
async function apply(command: readonly string[], rest: number, print: (text: string) => void) {
  print(`$ ${pasteable(command)}\n`)
  const { code, output } = await runPastWebhooks(command, (line) => print(`${line}\n`), rest)
  if (code !== 0) throw new Error(`${pasteable(command)} ended with code ${code}:\n${output.trim()}`)
  print(`  ${output.trim().split('\n').length} objects exist\n`)
}
