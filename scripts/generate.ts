/** `npm run generate`: writes the files that are derived from other files; a test compares them. */
import { writeFileSync } from 'node:fs'
import { runCommand } from './cli/run.ts'
import { generatedFiles } from './generate/files.ts'

const command = {
  name: 'npm run generate',
  summary:
    "Writes the files that are derived from package.json, the runtime's schema and limits, and the handlers' folders.",
  options: {},
  notes: `Files:\n${Object.keys(generatedFiles())
    .map((path) => `  ${path}`)
    .join('\n')}`,
}

await runCommand(command, async () => {
  for (const [path, text] of Object.entries(generatedFiles())) {
    writeFileSync(path, text)
    console.log(`written: ${path}`)
  }
})
