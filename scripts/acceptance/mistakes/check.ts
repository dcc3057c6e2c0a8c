import { join } from 'node:path'
import { loadManifests } from '#runtime/manifest/index.ts'
import { loadModule } from '../../build/load-module.ts'
import { contradictionsInCode } from '../../check/code.ts'
import { findings } from '../../check/findings.ts'
import { systemWith, type Changes } from './example-system.ts'

/** What `npm run check` prints about a system with a mistake, apart from types; warnings last. */
export async function check(changes: Changes): Promise<string[]> {
  const { root, remove } = systemWith(changes)
  try {
    const sentences = await checkFolder(root)
    return sentences.map((sentence) => sentence.replaceAll(`${root}/`, ''))
  } finally {
    remove()
  }
}

async function checkFolder(root: string): Promise<string[]> {
  try {
    const manifests = loadManifests(join(root, 'handlers'))
    const contracts = await loadModule<object>('handlers/contracts/index.ts', root)
    const { errors, warnings } = findings(manifests, contracts)
    const inCode = await Promise.all(manifests.map((manifest) => contradictionsInCode(manifest, root)))
    return [...inCode.flat(), ...errors, ...warnings.map((warning) => `warning: ${warning}`)]
  } catch (error) {
    return (error as Error).message.split('\n')
  }
}
