import { readFileSync } from 'node:fs'
import { fromSource } from '../own-files.ts'
import { generatedFiles } from '../generate/files.ts'
import { scriptsOf } from '../init/scripts.ts'

/**
 * What is to be changed by hand in a system after an upgrade of Warren, and which generated files are out of date; one sentence each,
 * with the way out. None of it keeps the system from running. docs/upgrading.md lists what a new version may change.
 *
 * @throws a sentence if package.json or a file that is generated in part cannot be read
 */
export function upgrades(): string[] {
  const outdated = Object.entries(generatedFiles())
    .filter(([path, text]) => readFileSync(path, 'utf8') !== text)
    .map(([path]) =>
      path.endsWith('handler.yaml')
        ? `${path}: its first line does not name its schema, with which editors complete its keys: npm run generate writes that line`
        : `${path} is out of date: npm run generate writes it anew`,
    )
  return fromSource ? outdated : [...outdated, ...missingScripts(readFileSync('package.json', 'utf8'))]
}

/** @param description the text of the system's package.json */
export function missingScripts(description: string): string[] {
  const { scripts = {} } = JSON.parse(description) as { scripts?: Record<string, string> }
  return Object.entries(scriptsOf())
    .filter(([name]) => !(name in scripts))
    .map(
      ([name, command]) =>
        `package.json: scripts has no ${name}, which Warren's own messages name: add "${name}": "${command}"`,
    )
}
