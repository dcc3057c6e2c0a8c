/** Runs a command, `scripts/<name>.ts`, also on a fresh clone: plain JavaScript, because nothing may be installed yet. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  requireNode(20)
  process.chdir(root)
  installPackages()
  leaveWithParent()
  hearInterruptOnce()
  const [script, ...args] = process.argv.slice(2)
  const file = await bundleScript(script)
  process.argv = [process.argv[0], file, ...args]
  process.setSourceMapsEnabled(true)
  // With it, pg would load a driver that is not among the packages.
  delete process.env.NODE_PG_FORCE_NATIVE
  await import(pathToFileURL(file).href)
}

/** Bundles `scripts/<name>.ts` and returns the file that Node.js can run. Packages stay in node_modules. */
export async function bundleScript(name) {
  const { build } = await import('esbuild')
  const source = join(root, 'scripts', `${name}.ts`)
  if (!existsSync(source)) throw new Error(`there is no scripts/${name}.ts`)
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [source],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    conditions: ['warren:source'],
    packages: 'external',
    sourcemap: 'inline',
    write: false,
  })
  const file = join(root, '.warren/build/scripts', `${name}.mjs`)
  mkdirSync(dirname(file), { recursive: true })
  // In one step, so that a second command that starts meanwhile never reads half a file.
  writeFileSync(`${file}.${process.pid}`, outputFiles[0].contents)
  renameSync(`${file}.${process.pid}`, file)
  return file
}

function requireNode(major) {
  if (Number(process.versions.node.split('.')[0]) >= major) return
  console.error(
    `Warren needs Node.js ${major} or later, and this is ${process.version}: install a newer one from https://nodejs.org.`,
  )
  process.exit(1)
}

/** A killed npm does not end its child, which must not hold ports and data for ever. */
function leaveWithParent() {
  if (!process.env.npm_lifecycle_event) return
  const parent = process.ppid
  const looking = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(looking)
    process.kill(process.pid, 'SIGTERM')
  }, 500)
  looking.unref()
}

/** One Ctrl-C arrives twice: from the terminal and, a moment later, from npm. A second Ctrl-C of the user still counts. */
function hearInterruptOnce() {
  const emit = process.emit
  let heard = -Infinity
  process.emit = function (event, ...args) {
    if (event === 'SIGINT') {
      const echo = performance.now() - heard < 200
      heard = performance.now()
      if (echo) return true
    }
    return emit.call(this, event, ...args)
  }
}

/** Installs packages that node_modules lacks, with a message. */
function installPackages() {
  if (installed()) return
  console.error('Installing the packages of package-lock.json (npm ci) …')
  const npm = process.env.npm_execpath
  const args = ['ci', '--include=dev', '--no-fund', '--no-audit', '--loglevel=error']
  const { status } = npm
    ? spawnSync(process.execPath, [npm, ...args], { stdio: ['ignore', 2, 2] })
    : spawnSync('npm', args, { stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  if (status === 0) return
  console.error('The packages could not be installed: see the output of npm ci above.')
  process.exit(1)
}

function installed() {
  const record = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(record)) return false
  const present = JSON.parse(readFileSync(record, 'utf8')).packages
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || present[path]?.version === version || (optional && !present[path]),
  )
}
