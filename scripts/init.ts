/** `warren init`: the begin of a system of one's own. */
import { relative, resolve } from 'node:path'
import { spawnSync } from 'node:child_process'
import { WrongUsage, type Command } from './cli/command.ts'
import { flag, operand, text } from './cli/options.ts'
import { runCommand } from './cli/run.ts'
import { objectionTo, ownOrigin, writeSystem } from './init/write-system.ts'

const options = {
  folder: operand({ value: 'folder', meaning: 'empty, or not there yet; its name becomes that of the system' }),
  warren: text({ value: 'where', default: '', meaning: 'version, path or URL of Warren for npm (default: this one)' }),
  noInstall: flag('do not run npm install in it'),
}

const command: Command<typeof options> = {
  name: 'warren init',
  summary: 'Begins a system: two handlers that work together, their contracts and tests, and what deploys them.',
  options,
  examples: { 'my-system': 'writes ./my-system' },
}

await runCommand(command, async ({ folder, warren, noInstall }) => {
  const place = resolve(folder)
  const objection = objectionTo(place)
  if (objection !== undefined) throw new WrongUsage(command, objection)
  for (const path of writeSystem(place, warren || ownOrigin(place))) console.log(`written: ${folder}/${path}`)
  if (!noInstall) {
    console.log('\nInstalling its packages (npm install) …')
    const { status } = spawnSync('npm', ['install', '--no-fund', '--no-audit', '--loglevel=error'], {
      cwd: place,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
    })
    if (status !== 0) throw new Error(`npm install failed in ${place}: see its output above`)
  }
  const from = relative('.', place)
  console.log(`
${from === '' ? '' : `cd ${from}\n`}${noInstall ? 'npm install\n' : ''}npm start     runs it, and prints a request to paste
npm test      runs its tests`)
})
