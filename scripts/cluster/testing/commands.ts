import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Runs a program to its end and returns its output. Throws the command and its output when it fails. */
export async function command(program: string, ...args: string[]): Promise<string> {
  try {
    const { stdout } = await run(program, args, { maxBuffer: 64 * 1024 * 1024 })
    return stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${[program, ...args].join(' ')}\n${stderr}${stdout}`, { cause: error })
  }
}

/** Creates or updates an object in a namespace. */
export async function apply(namespace: string, object: object): Promise<void> {
  const quoted = JSON.stringify(object).replaceAll("'", `'\\''`)
  await command('sh', '-c', `echo '${quoted}' | kubectl apply -n ${namespace} -f -`)
}

export const kubectl = (...args: string[]) => command('kubectl', ...args)
export const helm = (...args: string[]) => command('helm', ...args)

/** Objects of one or more kinds in a namespace, as the API server has them. */
export async function objects<Item = KubernetesObject>(
  namespace: string,
  kinds: string,
  ...selector: string[]
): Promise<Item[]> {
  const { items } = JSON.parse(await kubectl('get', kinds, '-n', namespace, '-o', 'json', ...selector)) as {
    items: Item[]
  }
  return items
}

/** One object, as the API server has it. */
export async function object(namespace: string, kind: string, name: string): Promise<KubernetesObject> {
  return JSON.parse(await kubectl('get', kind, name, '-n', namespace, '-o', 'json')) as KubernetesObject
}

export interface KubernetesObject {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly labels?: Record<string, string>
    readonly deletionTimestamp?: string
  }
  readonly spec: any
  readonly status?: any
}
