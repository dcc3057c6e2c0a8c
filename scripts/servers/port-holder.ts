import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

/**
 * Makes sure that a port can be listened on.
 *
 * @param place the environment variable or the setting that changes the port
 * @param another what to write there
 * @throws an error that names the process that uses the port, and the place that selects another
 */
export async function requireFreePort(port: number, place: string, another = `${place}=${port + 1}`): Promise<void> {
  if (await isFree(port)) return
  const holder = holderOf(port)
  throw new Error(
    `port ${port} is in use by ${holder ?? 'another process'}: stop it, or choose another port with ${place}, such as ${another}.`,
  )
}

/** Checks every interface: a server on all of them would take the requests of a handler on one. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(new Error(`port ${port} cannot be used: ${error.message}`)),
    )
    server.listen(port, () => server.close(() => resolve(true)))
  })
}

/** The process that listens on a port, as `node server.js (process 4711)`; undefined if the system does not reveal it. */
function holderOf(port: number): string | undefined {
  return orElse(undefined, () => (process.platform === 'linux' ? onLinux(port) : elsewhere(port)))
}

function onLinux(port: number): string | undefined {
  const sockets = new Set(['tcp', 'tcp6'].flatMap((table) => listeningSockets(`/proc/net/${table}`, port)))
  const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && opens(name).some((file) => sockets.has(file)))
  return pid && described(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' '), pid)
}

/** The names under which `/proc/<pid>/fd` shows the sockets that listen on a port. */
function listeningSockets(table: string, port: number): string[] {
  if (!existsSync(table)) return []
  const listening = '0A'
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
  return readFileSync(table, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(`:${hexPort}`) && state === listening)
    .map((fields) => `socket:[${fields[9]}]`)
}

/** The open files of a process; none if it has ended or we may not see them. */
function opens(pid: string): string[] {
  const folder = `/proc/${pid}/fd`
  return orElse([], () => readdirSync(folder)).map((name) => orElse('', () => readlinkSync(join(folder, name))))
}

function orElse<Value>(nothing: Value, read: () => Value): Value {
  try {
    return read()
  } catch {
    return nothing
  }
}

function elsewhere(port: number): string | undefined {
  const listed = execFileSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], { encoding: 'utf8' })
  const [, pid, command] = /^p(\d+)\nc(.+)$/m.exec(listed) ?? []
  return pid && described(command ?? '', pid)
}

function described(command: string, pid: string): string {
  return `${command.trim().slice(0, 80)} (process ${pid})`
}
