import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'

/** What an author imports from `warren` only to use the handler's database. */
const stored = new Set(['at', 'delay', 'saga', 'follow'])

/** An ESLint rule: a handler whose code uses its database says so in its `handler.yaml`. */
export const needsDatabase = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = yamlOf(context.filename)
    if (!file || hasDatabase(file)) return {}
    const report = (node, name) =>
      context.report({ node, message: `\`${name}\` needs \`database: true\` in handler.yaml.` })
    return {
      ImportSpecifier(node) {
        const { name } = node.imported
        if (node.parent.source.value === 'warren' && stored.has(name)) report(node, name)
      },
      /** `async apply(data, { db })`, and the same in a plain function of `on`. */
      'CallExpression[callee.name=/^(on|onBatch)$/] :function > ObjectPattern.params > Property[key.name="db"]'(node) {
        report(node, 'db')
      },
    }
  },
}

/** The `handler.yaml` of the folder that a handler's source is in, or of one around it; undefined for tests and for other sources. */
function yamlOf(filename) {
  if (!filename.includes('/handlers/') || filename.endsWith('.test.ts')) return undefined
  for (let folder = dirname(filename); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'handler.yaml')
    if (existsSync(file)) return file
    if (existsSync(join(folder, 'package.json'))) return undefined
  }
  return undefined
}

function hasDatabase(file) {
  try {
    return parse(readFileSync(file, 'utf8'))?.database === true
  } catch {
    // That it is not YAML is said elsewhere.
    return true
  }
}
