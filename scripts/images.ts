/** `npm run images`: the images of handlers, built and loaded. */
import { makeImages } from './build/make-images.ts'
import { help, imagesOptions } from './build/images-options.ts'

try {
  const options = imagesOptions(process.argv.slice(2), process.env)
  if (options.help) console.log(help)
  else await makeImages(options, (line) => console.log(line))
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}
