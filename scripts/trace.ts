/** `npm run trace`: the way of one operation through the handlers. */
import { loadManifests } from '#runtime/manifest/index.ts'
import { runCommand } from './cli/run.ts'
import { readSystem } from './inspect/system.ts'
import { runTrace } from './trace/run.ts'
import { traceCommand } from './trace/trace-command.ts'

const { stdout, env } = process
const isTerminal = stdout.isTTY && env.TERM !== 'dumb'

await runCommand(traceCommand, async (request) =>
  runTrace(request, {
    system: readSystem(request.data),
    manifests: loadManifests('handlers'),
    print: (line) => console.log(line),
    screen: { colours: isTerminal && !env.NO_COLOR, ...(isTerminal && { width: stdout.columns }) },
  }),
)
