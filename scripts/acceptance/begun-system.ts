import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { cloneInto } from './clone.ts'

/** How a program ended, and what a terminal would show. */
interface Ended {
  readonly status: number | null
  readonly output: string
}

/** What `npm pack` has made. */
interface Packed {
  /** Absolute. */
  readonly file: string
  /** The paths in it. */
  readonly paths: readonly string[]
}

/** A system that `warren init` has begun with the packed Warren, in a folder where nothing of this repository can be found by accident. */
export interface BegunSystem {
  readonly root: string
  readonly packed: Packed
  /** Runs the system's own `warren`, as in a shell of its own: npm and Jest set variables for their children. */
  warren(...args: string[]): Ended
  /** Runs the packed `warren` from a folder beside the system. */
  warrenBeside(...args: string[]): Ended
  remove(): void
}

/** Milliseconds for one program: without a network, npm waits without end. */
const longest = 240_000

/** Packs this repository: a copy of it, because packing builds into the packed folder, and other tests may pack at the same time. */
export function packInto(folder: string): Packed {
  const clone = join(folder, 'clone')
  mkdirSync(clone)
  cloneInto(clone)
  const answer = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: clone,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [{ filename, files }] = JSON.parse(answer) as [{ filename: string; files: { path: string }[] }]
  return { file: join(folder, filename), paths: files.map(({ path }) => path) }
}

/**
 * Packs this repository and begins a system with it.
 *
 * @throws the output of the command that failed
 */
export function beginSystem(name = 'my-system'): BegunSystem {
  const folder = mkdtempSync(join(tmpdir(), 'warren-own-'))
  const packed = packInto(folder)

  const runIn = (cwd: string, program: string, args: readonly string[]): Ended => {
    const { PATH, HOME } = process.env
    const options = { cwd, encoding: 'utf8', env: { PATH, HOME }, timeout: longest } as const
    const { status, stdout, stderr, error } = spawnSync(program, args, options)
    return { status, output: `${stdout}${stderr}${error?.message ?? ''}` }
  }
  const beside = join(folder, 'beside')
  mkdirSync(beside)
  const installed = runIn(beside, 'npm', ['install', '--omit=peer', '--no-fund', '--no-audit', packed.file])
  const root = join(folder, name)
  const system: BegunSystem = {
    root,
    packed,
    warren: (...args) => runIn(root, 'node_modules/.bin/warren', args),
    warrenBeside: (...args) => runIn(folder, 'beside/node_modules/.bin/warren', args),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
  const begun = installed.status === 0 ? system.warrenBeside('init', name) : installed
  if (begun.status === 0) return system
  system.remove()
  throw new Error(begun.output)
}

/**
 * Packs this repository and begins a system with it where there is no registry to install from: its other packages are links to those
 * of this repository. Its `warren` is `node_modules/warren/scripts/warren.mjs`.
 *
 * @throws the output of the command that failed
 */
export function beginLinkedSystem(name = 'my-system'): Pick<BegunSystem, 'root' | 'remove'> {
  const folder = mkdtempSync(join(tmpdir(), 'warren-own-'))
  const { file } = packInto(folder)
  execFileSync('tar', ['--extract', '--gzip', '--file', file, '--directory', folder])
  const unpacked = join(folder, 'package')
  linkPackages(folder)
  const warren = ['scripts/warren.mjs', 'init', join(folder, name), '--no-install', '--warren', `file:${file}`]
  execFileSync(process.execPath, warren, { cwd: unpacked, stdio: ['ignore', 'ignore', 'inherit'] })
  const root = join(folder, name)
  linkPackages(root)
  renameSync(unpacked, join(root, 'node_modules/warren'))
  return { root, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

function linkPackages(folder: string): void {
  mkdirSync(join(folder, 'node_modules'))
  const packages = readdirSync('node_modules').filter((name) => !name.startsWith('.'))
  for (const name of packages) symlinkSync(resolve('node_modules', name), join(folder, 'node_modules', name))
}
