/** `npm run reset -- <handler>`: empties the database of one handler. */
import { createInterface } from 'node:readline/promises'
import { join } from 'node:path'
import { loadManifest } from '#runtime/manifest/index.ts'
import { flag, operand, text } from './cli/options.ts'
import { runCommand } from './cli/run.ts'
import { contentsOf, emptyDatabase, type Contents } from './reset/empty-database.ts'
import { findDatabase } from './reset/find-database.ts'

const command = {
  name: 'npm run reset',
  summary: 'Empties the database of one handler on this machine, and runs its migrations again.',
  options: {
    handler: operand({ value: 'handler', meaning: 'whose database is emptied' }),
    yes: flag('do not ask'),
    outside: flag('also a database that is not in the data folder: of DATABASE_URL, or of a cluster'),
    data: text({ value: 'folder', default: '.warren', meaning: 'the data folder of the system, running or not' }),
  },
  examples: { thumbnails: 'asks, then empties the database of handlers/thumbnails' },
  notes: `The handler may run: each of its transactions comes before the reset or after it. With its tables go its inbox, stored
outputs, timers and sagas in flight. Its queue, its dead letters and all other handlers stay as they are.`,
}

await runCommand(command, async ({ handler, yes, outside, data }) => {
  const folder = join('handlers', handler)
  const { database } = loadManifest(folder)
  if (!database) throw new Error(`${folder}/handler.yaml: database is not true, so ${handler} has none to empty`)
  const { url, where, close } = await findDatabase({ handler, data, outside })
  try {
    console.log(`Database of ${handler}, of ${where}: ${summaryOf(await contentsOf(url))}`)
    if (!yes && !(await confirmed(handler))) return false
    const names = await emptyDatabase(url, folder)
    console.log(`Emptied, and migrated again: ${names.join(', ')}.`)
    console.log(
      `Its queue and dead letters are untouched. The new inbox knows no message: one that is delivered or redriven again is handled again.`,
    )
    return true
  } finally {
    await close()
  }
})

function summaryOf(contents: readonly Contents[]): string {
  if (contents.length === 0) return 'no rows.'
  return contents.map(({ table, rows }) => `${rows.toLocaleString('en')} in ${table}`).join(', ')
}

async function confirmed(handler: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    console.error('Nothing was changed: confirm it with --yes.')
    return false
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await terminal.question(`Remove all of it? Type ${handler} to confirm: `)
  terminal.close()
  if (answer.trim() === handler) return true
  console.error('Nothing was changed.')
  return false
}
