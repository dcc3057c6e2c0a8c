/** `npm run generate`: writes the files that follow from the runtime; a test fails while they differ from what this writes. */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { generatedFiles } from './generate/files.ts'

const help = `npm run generate    writes the files that follow from the runtime's own schema and limits:
${Object.keys(generatedFiles())
  .map((path) => `  ${path}`)
  .join('\n')}`

try {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h', default: false } } })
  if (values.help) console.log(help)
  else
    for (const [path, text] of Object.entries(generatedFiles())) {
      writeFileSync(path, text)
      console.log(`written: ${path}`)
    }
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
