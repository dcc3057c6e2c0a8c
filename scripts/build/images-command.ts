import { WrongUsage, type Command, type Values } from '../cli/command.ts'
import { flag, operands, text } from '../cli/options.ts'
import { kindConfig } from '../cluster/kind-config.ts'

const options = {
  names: operands({ meaning: 'handlers, or mail for the mail sink (default: all)' }),
  tag: text({ value: 'tag', default: 'dev', meaning: 'tag of the images' }),
  registry: text({ value: 'prefix', default: 'docker.io/warren', meaning: 'registry and path of the images' }),
  onlyBuild: flag('do not load them'),
}

const loadIntoKind = `kind load docker-image --name ${kindConfig().cluster}`

export const imagesCommand: Command<typeof options> = {
  name: 'npm run images',
  summary: 'Builds the images of the handlers and of the mail sink, and loads them into kind.',
  options,
  environment: {
    WARREN_BUILD_IMAGE: 'command that builds an image (default: docker build)',
    WARREN_LOAD_IMAGE: `command that loads one, before its name (default: ${loadIntoKind}); docker push pushes it`,
  },
}

export interface ImagesOptions {
  /** All by default. */
  readonly names: readonly string[] | undefined
  readonly tag: string
  readonly registry: string
  /** A program and its first arguments. */
  readonly build: readonly string[]
  /** `undefined`: images are not loaded. */
  readonly load: readonly string[] | undefined
}

/** Joins the command line and the environment. Throws WrongUsage for a tag that no image can have. */
export function imagesOptions(
  { names, tag, registry, onlyBuild }: Values<typeof options>,
  env: NodeJS.ProcessEnv,
): ImagesOptions {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(tag))
    throw new WrongUsage(imagesCommand, `--tag must be letters, digits, dots, underscores and hyphens (got ${tag})`)
  return {
    names: names.length > 0 ? names : undefined,
    tag,
    registry: registry.replace(/\/$/, ''),
    build: words(env.WARREN_BUILD_IMAGE, 'docker build'),
    load: onlyBuild ? undefined : words(env.WARREN_LOAD_IMAGE, loadIntoKind),
  }
}

function words(command: string | undefined, otherwise: string): string[] {
  return (command?.trim() || otherwise).split(/\s+/)
}
