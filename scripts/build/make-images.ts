import { buildImageFolders, type ImageFolder } from './image-folders.ts'
import { readFileSync } from 'node:fs'
import { must, pasteable } from '../cluster/run-program.ts'
import { ownPath } from '../own-files.ts'
import { together } from '../local/teardown.ts'
import type { ImagesOptions } from './images-command.ts'

/** Images that are built at the same time: more would only wait for processor and disk. */
const atOnce = 2

/**
 * Bundles all handlers once, then builds and loads their images.
 *
 * @param say gets each command as it runs, and the size of each image
 * @throws the output of a failed command
 */
export async function makeImages(options: ImagesOptions, say: (line: string) => void): Promise<void> {
  const waiting = await buildImageFolders(options.names)
  const revision = await answer(['git', 'rev-parse', 'HEAD'])
  const { license = '' } = JSON.parse(readFileSync('package.json', 'utf8')) as { license?: string }

  async function makeNext(): Promise<void> {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      await makeImage(next, { REVISION: revision, LICENSE: license }, options, say).catch((error: unknown) => {
        waiting.length = 0
        throw error
      })
    }
  }
  await together(Array.from({ length: atOnce }, makeNext))
}

async function makeImage(
  { name, bytes }: ImageFolder,
  more: Readonly<Record<string, string>>,
  { registry, tag, build, load }: ImagesOptions,
  say: (line: string) => void,
) {
  const image = `${registry}/${name}:${tag}`
  const run = async (words: readonly string[]) => {
    say(`$ ${pasteable(words)}`)
    await must(words)
  }
  const values = Object.entries({ HANDLER: name, VERSION: tag, ...more })
  const buildArgs = values.flatMap(([key, value]) => ['--build-arg', `${key}=${value}`])
  const dockerfile = ownPath('Dockerfile')
  const file = dockerfile === 'Dockerfile' ? [] : ['--file', dockerfile]
  await run([...build, ...file, ...buildArgs, '--tag', image, '.'])
  say(`${image}: ${await size(image, build)}, of which ${(bytes / 1e6).toFixed(1)} MB are its own`)
  if (load) await run([...load, image])
}

/** The size of an image according to the program that built it: `docker`, `podman` and `buildah` take the same arguments. */
async function size(image: string, [program = '']: readonly string[]): Promise<string> {
  return (await answer([program, 'images', '--format', '{{.Size}}', image])) || 'of unknown size'
}

/** The output of a program; empty when it fails. */
async function answer(words: readonly string[]): Promise<string> {
  return (await must(words).catch(() => '')).trim()
}
