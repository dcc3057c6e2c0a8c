/** The commands that have a script in a system's package.json, because people type them and Warren's own messages name them. */
const named = [
  ...['start', 'test', 'check', 'new', 'send', 'trace', 'trail', 'replay', 'logs', 'dead', 'reset', 'build'],
  ...['images', 'deploy', 'watch', 'connect', 'remove', 'generate', 'contracts', 'kind-up', 'kind-down'],
]

/** The scripts of a system's package.json: `npm run kind:up` is `warren kind-up`. */
export function scriptsOf(): Record<string, string> {
  return Object.fromEntries(named.map((command) => [command.replace('-', ':'), `warren ${command}`]))
}
