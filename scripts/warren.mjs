#!/usr/bin/env node
/**
 * The command `warren`. In Warren's own repository it bundles `scripts/<name>.ts` first, also on a fresh clone: this file is plain
 * JavaScript, because nothing may be installed yet. The package contains the bundles.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const inRepository = existsSync(join(root, 'scripts/start.ts'))

/** All commands, in the order in which a person meets them. */
export const commands = {
  init: 'begins a system of your own in an empty folder',
  start: 'runs the system in this folder, with everything that it needs',
  new: 'adds a handler that starts, with its contract and its test',
  test: 'runs the tests',
  check: 'checks types, each handler.yaml against its code, and how the handlers fit each other',
  contracts: 'compares the contracts with every message ever released',
  send: 'publishes a message',
  trace: 'shows what became of a message and of all that it led to',
  trail: 'shows a business operation as a tree, from the journal',
  replay: 'sends messages of the journal to one handler again',
  logs: 'prints the logs of the handlers on this machine for a person',
  dead: 'lists, shows, redrives and discards dead letters',
  reset: 'empties the database of a handler on this machine',
  build: 'builds what the images contain',
  images: 'builds the images, and loads them into a cluster or pushes them',
  deploy: 'installs or upgrades the system, or some of its handlers, with Helm',
  watch: 'shows the handlers in a cluster: replicas, queues, the decisions of the scaler',
  connect: 'opens ports to a system in a cluster',
  remove: 'deletes an uninstalled handler for good',
  generate: 'writes the generated part of skaffold.yaml',
  'kind-up': 'creates a local cluster with the system in it',
  'kind-down': 'deletes that cluster',
}

// The name under node_modules/.bin is a link.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  requireNode(20)
  const [name, ...args] = process.argv.slice(2)
  if (inRepository) {
    process.chdir(root)
    installPackages()
  } else refuseUnknown(name)
  leaveWithParent()
  hearInterruptOnce()
  const file = inRepository ? await bundleScript(name) : join(root, 'dist/scripts', `${name}.js`)
  process.argv = [process.argv[0], file, ...args]
  process.setSourceMapsEnabled(true)
  // With it, pg would load a driver that is not among the packages.
  delete process.env.NODE_PG_FORCE_NATIVE
  await import(pathToFileURL(file).href).catch(explainMissingPackage)
}

/** The tools are optional in a system: one that only runs its handlers has no use for them. */
function explainMissingPackage(error) {
  const [, missing] = /Cannot find package '([^']+)'/.exec(error.message) ?? []
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || missing === undefined || inRepository) throw error
  console.error(`This command needs the package ${missing}: npm install --save-dev ${missing}`)
  process.exit(1)
}

function refuseUnknown(name) {
  if (Object.hasOwn(commands, name)) return
  const asked = name === undefined || name === '--help' || name === '-h'
  const width = Math.max(...Object.keys(commands).map(({ length }) => length))
  const list = Object.entries(commands).map(([command, meaning]) => `  ${command.padEnd(width)}  ${meaning}`)
  const lines = [
    ...(asked ? [] : [`warren: there is no command ${name}.\n`]),
    'Usage: warren <command> [options]; warren <command> --help explains it.\n',
    ...list,
  ]
  ;(asked ? console.log : console.error)(lines.join('\n'))
  process.exit(asked ? 0 : 2)
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
    // The contracts import the package by its name, which here is this repository and not built.
    alias: { warren: join(root, 'handlers/runtime/index.ts') },
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
