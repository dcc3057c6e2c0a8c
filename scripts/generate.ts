/** `npm run generate`: writes the files that follow from the runtime; a test fails while they differ from what this writes. */
import { writeFileSync } from 'node:fs'
import { generatedFiles } from './generate/files.ts'

for (const [path, text] of Object.entries(generatedFiles())) {
  writeFileSync(path, text)
  console.log(`written: ${path}`)
}
