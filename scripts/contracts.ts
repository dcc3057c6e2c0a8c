/** `npm run contracts`: whether messages that wait survive today's contracts. */
import { loadModule } from './build/load-module.ts'
import { WrongUsage, type Command } from './cli/command.ts'
import { duration, flag, text, texts } from './cli/options.ts'
import { runCommand } from './cli/run.ts'
import { survey } from './contracts/against-shop.ts'
import { judge } from './contracts/judge.ts'
import { surveyLines } from './contracts/survey-lines.ts'
import { readSystem } from './inspect/system.ts'
import { loadManifests } from '#runtime/manifest/index.ts'
import { lockFile, readLock, writeLock } from './contracts/lock.ts'
import { contractsIn } from './send/message.ts'

const options = {
  accept: flag('write new types and harmless changes into the lock file'),
  retire: texts({ value: 'type', meaning: 'a type that is gone, of which no message waits any more' }),
  replace: texts({ value: 'type', meaning: 'a type that was never released: forget what the lock file has of it' }),
  againstShop: flag('check what waits in a running system instead: retries, dead letters, databases and the journal'),
  since: duration({ meaning: 'with --against-shop: how far back the journal is read (default: 24h)' }),
  json: flag('with --against-shop: print one JSON object a line'),
  data: text({ value: 'folder', default: '.warren', meaning: 'the data folder of the running system' }),
}

const command: Command<typeof options> = {
  name: 'npm run contracts',
  summary:
    'Compares the contracts with every message ever released, and fails on a change that waiting messages would not survive.',
  options,
  notes: `${lockFile} holds the JSON Schema of each type. Refinements, transforms, variants of a
format such as a date with an offset, words of routing keys and partitionBy are not in it: a change of these is a new version.`,
}

await runCommand(command, async ({ accept, retire, replace, againstShop, since, json, data }) => {
  const contracts = contractsIn(await loadModule('handlers/contracts/index.ts'))
  if (againstShop) {
    const found = await survey(readSystem(data), loadManifests('handlers'), contracts, since ?? 86_400_000)
    surveyLines(found, json).forEach((line) => console.log(line))
    return found.lost.length + found.unread.length === 0
  }
  const lock = readLock() ?? {}
  for (const type of [...retire, ...replace])
    if (!lock[type]) throw new WrongUsage(command, `${lockFile} has no type ${type}`)
  for (const type of retire)
    if (contracts.has(type)) throw new WrongUsage(command, `--retire ${type}: handlers/contracts still defines it`)

  const kept = Object.entries(lock)
    .filter(([type]) => !replace.includes(type))
    .map(([type, entry]) => [type, retire.includes(type) ? { ...entry, retired: true as const } : entry] as const)
  const { breaking, wider, unlocked, next } = judge(Object.fromEntries(kept), contracts)
  for (const sentence of breaking) console.error(`error: ${sentence}`)
  for (const sentence of wider) console.log(`note: ${sentence}`)
  const writes = breaking.length === 0 && (accept || retire.length > 0 || replace.length > 0)
  if (writes) writeLock(next)
  else for (const sentence of unlocked) console.error(`error: ${sentence}`)
  const fine = breaking.length === 0 && (writes || unlocked.length === 0)
  if (fine)
    console.log(`${contracts.size} message types ${writes ? 'written to the lock file' : 'fit what was released'}.`)
  return fine
})
