/** `npm run logs`: what the handlers on this machine have logged. */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { loadManifests } from '#runtime/manifest/index.ts'
import { readableLines } from '#runtime/observe/readable.ts'
import { runCommand } from './cli/run.ts'
import { newEntriesIn } from './logs/entries.ts'
import { levels, logsCommand, type LogsOptions } from './logs/logs-command.ts'

/** Milliseconds between two looks for new lines. */
const interval = 200

await runCommand(logsCommand(loadManifests('handlers').map(({ name }) => name)), printLogs)

async function printLogs({ handlers, follow, lines, level, data }: LogsOptions) {
  const readable = await readableLines({ colours: process.stdout.isTTY && !process.env['NO_COLOR'] })
  const newEntries = newEntriesIn(join(data, 'logs'), handlers)
  const wanted = () => newEntries().filter((entry) => level === undefined || entry.level >= levels[level])
  const print = (entries: ReturnType<typeof wanted>) =>
    entries.forEach(({ line }) => process.stdout.write(readable(line)))

  print(wanted().slice(-lines))
  while (follow) {
    await pause(interval)
    print(wanted())
  }
}
