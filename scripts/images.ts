/** `npm run images`: builds and loads the images of the handlers. */
import { imagesCommand, imagesOptions } from './build/images-command.ts'
import { makeImages } from './build/make-images.ts'
import { runCommand } from './cli/run.ts'

await runCommand(imagesCommand, (values) => makeImages(imagesOptions(values, process.env), (line) => console.log(line)))
