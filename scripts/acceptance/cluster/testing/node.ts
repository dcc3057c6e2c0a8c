import { command } from '../../../cluster/testing/commands.ts'

/** The command that runs a program on the cluster's node: kind's by default, empty when the node is this machine. */
const prefix = (process.env['WARREN_ON_NODE'] ?? 'docker exec warren-control-plane').split(' ').filter(Boolean)

/**
 * Kills the handler of a pod with SIGKILL, as a node that runs out of memory does. Its process is found by the pod's control group.
 *
 * @throws when no such process runs there
 */
export async function killOnNode(podUid: string): Promise<void> {
  const script = `
    for process in /proc/[0-9]*; do
      grep -q -e 'pod${podUid}' -e 'pod${podUid.replaceAll('-', '_')}' $process/cgroup 2>/dev/null || continue
      tr '\\0' ' ' <$process/cmdline | grep -q handler.cjs || continue
      kill -KILL \${process#/proc/} && found=yes
    done
    [ "$found" = yes ]`
  await onNode('sh', '-c', script)
}

/** Runs a program on the cluster's node to its end. Throws the command and its output when it fails. */
export async function onNode(...words: string[]): Promise<void> {
  const [program = 'sh', ...rest] = [...prefix, ...words]
  await command(program, ...rest)
}
