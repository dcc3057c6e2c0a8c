import type { Manifest } from '#runtime/manifest/index.ts'
import { doors } from '../inspect/doors.ts'
import { startMailSink } from '../servers/mail.ts'
import { requireFreePort } from '../servers/port-holder.ts'
import { freePorts } from '../servers/ports.ts'
import type { Teardown } from './teardown.ts'

/**
 * The local address, as `host:port`, of each host that handlers call by name: the handlers that answer HTTP, and the mail server,
 * a sink that writes its mails to a folder.
 *
 * A handler that others call gets any free port, so that several systems can run on one machine. One that no handler calls is there
 * for people: it keeps the port of its `handler.yaml`.
 *
 * @param port replaces that port, if there is exactly one such handler
 * @throws a sentence if a port is taken, or if `port` could mean several handlers
 */
export async function openHosts(
  manifests: readonly Manifest[],
  { port, mails }: { port: number | undefined; mails: string },
  teardown: Teardown,
): Promise<Record<string, string>> {
  const forPeople = doors(manifests)
  if (port !== undefined && forPeople.length > 1) {
    const names = forPeople.map(({ name }) => name).join(', ')
    throw new Error(`PORT could mean each of ${names}: change \`http\` in their handler.yaml instead`)
  }
  const ports: Record<string, number> = {}
  for (const { name, http = 0 } of forPeople) {
    if (forPeople.length > 1) await requireFreePort(http, `http in handlers/${name}/handler.yaml`, `http: ${http + 1}`)
    else await requireFreePort(port ?? http, 'PORT')
    ports[name] = port ?? http
  }
  const others = manifests.filter(
    ({ name, http }) => http !== undefined && !forPeople.some((door) => door.name === name),
  )
  const free = await freePorts(others.length)
  others.forEach(({ name }, index) => (ports[name] = free[index] ?? 0))

  const sink = await startMailSink({ folder: mails })
  teardown.add(sink)
  ports['mail'] = sink.port
  return Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, `127.0.0.1:${port}`]))
}
