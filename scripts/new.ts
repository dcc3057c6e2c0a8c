/** `npm run new -- <name>`: writes a handler that starts, with its test. */
import { writeFileSync } from 'node:fs'
import { WrongUsage } from './cli/command.ts'
import { operand } from './cli/options.ts'
import { runCommand } from './cli/run.ts'
import { generatedFiles } from './generate/files.ts'
import { objectionTo, writeHandler } from './new/new-handler.ts'

const command = {
  name: 'npm run new',
  summary: 'Writes a handler that starts, with its test: a folder, a contract, and its entries in skaffold.yaml.',
  options: { name: operand({ value: 'name', meaning: 'of its folder, queue, broker user and database' }) },
  examples: { thumbnails: 'writes handlers/thumbnails' },
}

await runCommand(command, async ({ name }) => {
  const objection = objectionTo(name, '.')
  if (objection !== undefined) throw new WrongUsage(command, `<name> ${objection} (got ${name})`)
  for (const path of writeHandler(name, '.')) console.log(`written: ${path}`)
  for (const [path, text] of Object.entries(generatedFiles())) writeFileSync(path, text)
  const test = `npm test -- handlers/${name}`
  console.log(`\n${test}    runs its test`)
  console.log(
    `${'npm start'.padEnd(test.length)}    runs it with the others: it waits at zero replicas for its first message`,
  )
})
