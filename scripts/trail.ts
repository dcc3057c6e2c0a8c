/** `npm run trail -- <id>`: one business operation across all handlers, from the journal. */
import { trails } from 'warren'
import { loadManifests } from '#runtime/manifest/index.ts'
import { clientOf } from '#runtime/database/client.ts'
import { flag, operand, text } from './cli/options.ts'
import { runCommand } from './cli/run.ts'
import { readSystem } from './inspect/system.ts'
import { journalOf, recorded, recordsAbout, type JournalRow } from './journal/read.ts'
import { trailLines } from './trail/show.ts'

const command = {
  name: 'npm run trail',
  summary: 'Shows all messages of a business operation as a tree with times, from the journal.',
  options: {
    id: operand({ value: 'id', meaning: 'of an order or another business object, of a message, or a correlation id' }),
    json: flag('print one JSON object for each operation'),
    data: text({ value: 'folder', default: '.warren', meaning: 'the data folder of the running system' }),
  },
  notes: `The journal has what was published, for as many days as its handler keeps it. What a handler made of a message, where it
waits and how often it was tried is shown by npm run trace.`,
}

await runCommand(command, async ({ id, json, data }) => {
  const { keeper, url } = journalOf(loadManifests('handlers'), readSystem(data))
  const client = clientOf(url, { connectionTimeoutMillis: 5_000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    const rows = await recordsAbout((statement, values) => client.query<JournalRow>(statement, values), id)
    if (rows.length === 0) throw new Error(`the journal of ${keeper.name} has no message of ${id}`)
    const found = trails(rows.map(recorded))
    const lines = json ? found.map((trail) => JSON.stringify(trail)) : trailLines(found)
    for (const line of lines) console.log(line)
  } finally {
    await client.end()
  }
})
