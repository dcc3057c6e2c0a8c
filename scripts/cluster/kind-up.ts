import { loadManifests, type Manifest } from '#runtime/manifest/index.ts'
import type { Command, Values } from '../cli/command.ts'
import { flag } from '../cli/options.ts'
import { welcome } from '../local/welcome.ts'
import { checkTools } from './check-tools.ts'
import { defaultNamespace } from './default-namespace.ts'
import { kindConfig } from './kind-config.ts'
import { makeNamespace } from './make-namespace.ts'
import { must, pasteable } from './run-program.ts'
import { installOperators } from './operators.ts'
import { tools } from './tools.ts'

const options = {
  withoutSkaffold: flag('build and install with npm run images and npm run deploy'),
}

export const kindUpCommand: Command<typeof options> = {
  name: 'npm run kind:up',
  summary: 'Creates a Kubernetes cluster on this machine with kind, and builds and installs the system with Skaffold.',
  options,
  notes: `Run again, it continues where it stopped and upgrades an installed system. npm run kind:down removes everything.`,
}

export const kindDownCommand = {
  name: 'npm run kind:down',
  summary: 'Removes the cluster of npm run kind:up with everything in it, volumes included.',
  options: {},
} satisfies Command

/**
 * Creates the cluster, installs its operators, builds and installs the system. Each step keeps what exists already.
 *
 * @throws a sentence for each missing tool, or the command that failed
 */
export async function kindUp(
  { withoutSkaffold }: Values<typeof options>,
  print: (text: string) => void,
): Promise<void> {
  const shown = async (...command: string[]) => {
    print(`$ ${pasteable(command)}\n`)
    await must(command, print)
  }
  const needed = tools.filter(({ name }) => name !== 'skaffold' || !withoutSkaffold)
  print(`${(await checkTools(needed)).join(', ')}\n`)

  const { cluster, file } = kindConfig()
  const clusters = await must(['kind', 'get', 'clusters'])
  // Both point kubectl, helm and skaffold at it.
  if (clusters.split('\n').includes(cluster)) await shown('kind', 'export', 'kubeconfig', '--name', cluster)
  else await shown('kind', 'create', 'cluster', '--config', file)
  await installOperators(print)
  await makeNamespace(defaultNamespace(), (line) => print(`${line}\n`))

  await shown('npm', 'run', '--silent', 'build')
  if (withoutSkaffold) {
    await shown('npm', 'run', '--silent', 'images')
    // As in the profile `kind` of skaffold.yaml.
    const monitoring = ['--set', 'prometheus.enabled=true,grafana.enabled=true']
    await shown('npm', 'run', '--silent', 'deploy', '--', ...monitoring)
  } else await shown('skaffold', 'run', '--profile', 'kind')
  print(await whatNext())
}

async function whatNext(): Promise<string> {
  const { urlOf } = kindConfig()
  const reachable = loadManifests('handlers').map(async (manifest) => {
    const url = urlOf(manifest.entrance?.nodePort)
    return url === undefined ? [] : [[manifest.name, { url, secrets: await secretsOf(manifest) }] as const]
  })
  const handlers = Object.fromEntries((await Promise.all(reachable)).flat())
  return `
The system is ready. ${await welcome({ handlers })}

  npm run watch      handlers wake up and go to sleep again
  npm run connect    reaches broker, databases and mails too, for the other commands
  npm run kind:down  removes everything

Dashboards: kubectl port-forward --namespace ${defaultNamespace()} service/grafana 3001:3000, then http://localhost:3001
`
}

/** The values in the cluster of the variables that a `handler.yaml` leaves empty. */
async function secretsOf({ name, env }: Manifest): Promise<Record<string, string>> {
  const empty = Object.keys(env).filter((variable) => env[variable] === '')
  if (empty.length === 0) return {}
  const named = ['secret', `${name}-credentials`, '--namespace', defaultNamespace()]
  const secret = await must(['kubectl', 'get', ...named, '-o', 'json'])
  const { data = {} } = JSON.parse(secret) as { data?: Record<string, string> }
  return Object.fromEntries(
    empty.map((variable) => [
      variable,
      Buffer.from(data[variable] ?? '', 'base64')
        .toString('utf8')
        .trim(),
    ]),
  )
}

/** Deletes the cluster with everything in it. */
export async function kindDown(print: (text: string) => void): Promise<void> {
  await must(['kind', 'delete', 'cluster', '--name', kindConfig().cluster], print)
}
