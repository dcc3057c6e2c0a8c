/** `npm run build`: everything that goes into the images, in `.warren/build/<name>/`. */
import { buildImageFolders, watchImageFolders, type ImageFolder } from './build/image-folders.ts'
import type { Command } from './cli/command.ts'
import { flag, operands } from './cli/options.ts'
import { runCommand } from './cli/run.ts'

const options = {
  names: operands({ meaning: 'handlers, or mail for the mail sink (default: all)' }),
  watch: flag('build again whenever a source file changes, until Ctrl-C'),
}

const command: Command<typeof options> = {
  name: 'npm run build',
  summary: 'Builds everything that goes into the images, in .warren/build.',
  options,
  examples: { 'thumbnails mail': 'only these' },
}

await runCommand(command, async ({ names, watch }) => {
  const wanted = names.length > 0 ? names : undefined
  if (!watch) return report(await buildImageFolders(wanted))
  await watchImageFolders(wanted, { built: report, failed: ({ message }) => console.error(message) })
  await new Promise(() => {})
})

function report(folders: readonly ImageFolder[]) {
  for (const { name, bytes } of folders) console.log(`${name.padEnd(16)} ${(bytes / 1e6).toFixed(1)} MB`)
}
