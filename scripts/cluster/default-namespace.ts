import { existsSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'

/**
 * The namespace of the system in a folder, unless an option names another: `warren.namespace` in its package.json, or else the
 * package's name without its scope.
 */
export function defaultNamespace(root = '.'): string {
  const file = join(root, 'package.json')
  const description = (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}) as Description
  const name = description.name?.replace(/^@[^/]*\//, '') ?? basename(resolve(root))
  return description.warren?.namespace ?? fit(name)
}

interface Description {
  readonly name?: string
  readonly warren?: { readonly namespace?: string }
}

/** A name as Kubernetes allows it: lower-case letters, digits and hyphens. */
function fit(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}
