import { parseArgs } from 'node:util'

export const help = `npm run images                         builds the images of all handlers and of the mail sink, and loads them into kind
npm run images -- orders mail          of these only
npm run images -- --tag v7             under this tag instead of dev
npm run images -- --registry <prefix>  under this prefix instead of docker.io/warren
npm run images -- --only-build         loads nothing

What builds and loads are commands, to which each image's name is added:

  WARREN_BUILD_IMAGE  docker build
  WARREN_LOAD_IMAGE   kind load docker-image --name warren; to push to a registry: docker push`

export interface ImagesOptions {
  readonly help: boolean
  /** All by default. */
  readonly names: readonly string[] | undefined
  readonly tag: string
  readonly registry: string
  /** A program and the arguments that come before ours. */
  readonly build: readonly string[]
  /** `undefined`: images are built and not loaded. */
  readonly load: readonly string[] | undefined
}

/** Reads arguments and environment. Throws a sentence for a wrong one. */
export function imagesOptions(args: string[], env: NodeJS.ProcessEnv): ImagesOptions {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      tag: { type: 'string', default: 'dev' },
      registry: { type: 'string', default: 'docker.io/warren' },
      'only-build': { type: 'boolean', default: false },
    },
  })
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(values.tag))
    throw new TypeError(`--tag must be letters, digits, dots and hyphens (got ${values.tag})`)
  return {
    help: values.help,
    names: positionals.length > 0 ? positionals : undefined,
    tag: values.tag,
    registry: values.registry.replace(/\/$/, ''),
    build: words(env.WARREN_BUILD_IMAGE, 'docker build'),
    load: values['only-build'] ? undefined : words(env.WARREN_LOAD_IMAGE, 'kind load docker-image --name warren'),
  }
}

function words(command: string | undefined, otherwise: string): string[] {
  return (command?.trim() || otherwise).split(/\s+/)
}
