/** `npm run build`: all that the images of handlers need, in `.warren/build/<name>/`. */
import { parseArgs } from 'node:util'
import { buildImageFolders, watchImageFolders, type ImageFolder } from './build/images.ts'

const help = `npm run build                  all that images need, of every handler and of the mail sink, in .warren/build
npm run build -- orders bank   of these only
npm run build -- --watch       and again whenever a source changes, until Ctrl-C`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { watch: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
})
const names = positionals.length > 0 ? positionals : undefined

const tell = (folders: readonly ImageFolder[]) => {
  for (const { name, bytes } of folders) console.log(`${name.padEnd(16)} ${(bytes / 1e6).toFixed(1)} MB`)
}

try {
  if (values.help) console.log(help)
  else if (values.watch)
    await watchImageFolders(names, { built: tell, failed: ({ message }) => console.error(message) })
  else tell(await buildImageFolders(names))
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}
