import { dirname, relative, resolve, sep } from 'node:path'

/** Dependencies point one way: handlers → contracts → runtime. Handlers never import each other; the runtime never knows the shop. */
export const boundaries = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = relative(context.cwd, context.filename).split(sep).join('/')
    const check = (source) => {
      if (typeof source?.value !== 'string') return
      const message = objection(file, source.value)
      if (message) context.report({ node: source, message })
    }
    return {
      ImportDeclaration: ({ source }) => check(source),
      ImportExpression: ({ source }) => check(source),
      ExportAllDeclaration: ({ source }) => check(source),
      ExportNamedDeclaration: ({ source }) => check(source),
    }
  },
}

function objection(file, specifier) {
  const [house, part] = file.split('/')
  if (house !== 'handlers') return undefined
  const isTest = file.endsWith('.test.ts') || file.includes('/testing/')

  const target = imported(file, specifier)
  if (target === undefined || target.startsWith(`handlers/${part}/`)) return undefined
  if (target.startsWith('scripts/'))
    return isTest ? undefined : 'What runs in production stands on nothing in scripts/.'
  if (part === 'runtime') return 'The runtime never knows the shop.'
  if (target.startsWith('handlers/runtime/')) {
    if (specifier === '#runtime' || (isTest && specifier.startsWith('#runtime/'))) return undefined
    return "The runtime has one door: import from '#runtime'."
  }
  if (part === 'contracts') return 'Contracts stand on the runtime alone.'
  if (target.startsWith('handlers/contracts/')) {
    return specifier === '#contracts' ? undefined : "The contracts have one door: import from '#contracts'."
  }
  // What tests of the whole shop share.
  if (isTest && target.startsWith('handlers/testing/')) return undefined
  return target.startsWith('handlers/') ? 'Handlers never import each other: they speak through messages.' : undefined
}

/** The file of this repository that is meant; undefined for a package. */
function imported(file, specifier) {
  if (specifier.startsWith('.'))
    return relative('.', resolve(dirname(file), specifier))
      .split(sep)
      .join('/')
  const [, door, path = '/index.ts'] = /^#(runtime|contracts)(\/.*)?$/.exec(specifier) ?? []
  return door && `handlers/${door}${path}`
}
