import { must, pasteable } from './run-program.ts'

/** No pod may run as root, gain privileges or access its node. */
const restricted = ['enforce', 'audit', 'warn'].map((mode) => `pod-security.kubernetes.io/${mode}=restricted`)

/** Creates a missing namespace, with Pod Security `restricted`, and prints the commands. */
export async function makeNamespace(namespace: string, print: (line: string) => void): Promise<void> {
  const found = await must(['kubectl', 'get', 'namespace', namespace, '--ignore-not-found', '-o', 'name'])
  if (found.trim() !== '') return
  const commands = [
    ['kubectl', 'create', 'namespace', namespace],
    ['kubectl', 'label', 'namespace', namespace, ...restricted],
  ]
  for (const command of commands) {
    print(`$ ${pasteable(command)}`)
    await must(command)
  }
}
