/**
 * Who may import whom, for dependency-cruiser (`npm run boundaries`). Dependencies point one way:
 * scripts → handlers → contracts → runtime, and inside the runtime from the process down to the author's types.
 * Imports of types alone count.
 */

const belowProcess = [
  ...['settings', 'manifest', 'topology', 'message', 'broker', 'database', 'observe', 'time'],
  ...['asking', 'delivery'],
]

/** Each room of the runtime and the rooms that it may import; all may import the author's types, the files beside the rooms. */
const rooms = {
  time: [],
  settings: [],
  saga: [],
  manifest: [],
  topology: ['manifest'],
  message: ['topology'],
  broker: ['settings', 'message', 'time'],
  database: ['settings', 'manifest', 'message', 'time'],
  observe: ['manifest', 'topology', 'message'],
  delivery: ['manifest', 'topology', 'message', 'broker', 'database', 'observe', 'time'],
  asking: ['settings', 'manifest', 'topology', 'message', 'broker', 'observe', 'time'],
  process: belowProcess,
  prepare: [...belowProcess, 'process'],
  redrive: [...belowProcess, 'process'],
}

const runtime = '^handlers/runtime/'
const doors = [`${runtime}index\\.ts$`, `${runtime}testing\\.ts$`]
const authorsTypes = `${runtime}[^/]+\\.ts$`
const tests = ['\\.test\\.ts$', '/testing/', '/fixtures/']
const anyRoom = (names) => `${runtime}(${names.join('|')})/`

const insideTheRuntime = Object.entries(rooms).map(([room, below]) => ({
  name: `runtime/${room}`,
  comment: `handlers/runtime/${room} may import ${['the author’s types', ...below].join(', ')} only.`,
  from: { path: anyRoom([room]), pathNot: tests },
  to: { path: runtime, pathNot: [authorsTypes, anyRoom([room, ...below])] },
}))

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Files that import each other in a circle cannot be read one after the other. Move what they share.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-missing-files',
      comment: 'The import leads to no file and to no installed package.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'runtime-knows-no-shop',
      comment: 'handlers/runtime must not import contracts or handlers of the shop.',
      from: { path: runtime },
      to: { path: '^handlers/', pathNot: runtime },
    },
    {
      name: 'authors-types-stand-alone',
      comment:
        'The author’s types must not import rooms of the runtime; only the two doors, index.ts and testing.ts, do.',
      from: { path: authorsTypes, pathNot: [...tests, ...doors] },
      to: { path: `${runtime}.+/` },
    },
    ...insideTheRuntime,
    {
      name: 'contracts-stand-on-the-runtime',
      comment: 'handlers/contracts must not import handlers.',
      from: { path: '^handlers/contracts/' },
      to: { path: '^handlers/', pathNot: ['^handlers/contracts/', runtime] },
    },
    {
      name: 'handlers-import-no-handler',
      comment: 'Handlers speak through messages: one must not import the files of another.',
      from: { path: '^handlers/(?!runtime/|contracts/)([^/]+)/' },
      to: { path: '^handlers/', pathNot: ['^handlers/$1/', '^handlers/contracts/', runtime] },
    },
    {
      name: 'handlers-are-private',
      comment: 'Only its own tests import the inside of a handler. What others need of it is a contract.',
      from: { pathNot: '^handlers/' },
      to: { path: '^handlers/(?!runtime/|contracts/)' },
    },
    {
      name: 'runtime-doors',
      comment: 'Handlers and contracts import `warren`; their tests import `warren/testing` as well.',
      from: { path: '^handlers/', pathNot: runtime },
      to: { path: runtime, pathNot: doors },
    },
    {
      name: 'testing-door-is-for-tests',
      comment: 'Only tests import `warren/testing`.',
      from: { path: '^handlers/', pathNot: [...tests, ...doors] },
      to: { path: `${runtime}testing(\\.ts$|/)` },
    },
    {
      name: 'contracts-door',
      comment: 'Import the contracts from #contracts.',
      from: { pathNot: '^handlers/contracts/' },
      to: { path: '^handlers/contracts/', pathNot: '^handlers/contracts/index\\.ts$' },
    },
    {
      name: 'nothing-that-ships-imports-scripts',
      comment: 'handlers/ must not import scripts/ or charts/.',
      from: { path: '^handlers/', pathNot: tests },
      to: { path: '^(scripts|charts)/' },
    },
    {
      name: 'testbed-door',
      comment: 'Tests in handlers/ reach scripts/ through #testbed alone.',
      from: { path: '^handlers/' },
      to: { path: '^(scripts|charts)/', pathNot: '^scripts/testbed/index\\.ts$' },
    },
    {
      name: 'only-tests-import-tests',
      comment: 'A test must not be imported, and code that ships must not import what only tests use.',
      from: { path: '^handlers/', pathNot: [...tests, ...doors] },
      to: { path: tests },
    },
    {
      name: 'ships-with-its-dependencies',
      comment: 'The runtime must not import a package that a system which has installed Warren may lack.',
      from: { path: runtime, pathNot: tests },
      to: { dependencyTypes: ['npm-dev', 'npm-peer'], dependencyTypesNot: ['type-only'] },
    },
  ].map((rule) => ({ severity: 'error', ...rule })),
  options: {
    doNotFollow: { path: 'node_modules' },
    // Bundles that tests leave beside their handlers, the package, and the files of a system that begins.
    exclude: { path: '(^|/)\\.warren/|^dist/|^scripts/init/template/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['warren:source', 'import', 'node', 'default', 'types'],
    },
  },
}
