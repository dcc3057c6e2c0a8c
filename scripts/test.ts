/**
 * `npm test`: Jest with what it needs, the tests that were not run by name, and one line with the counts.
 * `npm run test:cluster` is the same for the tests that need a cluster.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { fromSource } from './own-files.ts'

interface Results {
  numPassedTests: number
  numFailedTests: number
  /** Files that could not be run at all. */
  numRuntimeErrorTestSuites: number
  testResults: { assertionResults: { status: string; fullName: string }[] }[]
}

const output = `.warren/test-results-${process.pid}.json`

const given = process.argv.slice(2)
// In Warren's own repository; last, because it takes all following words as names of projects.
const projects = given.includes('--selectProjects') || !fromSource ? [] : ['--selectProjects', 'unit', 'broker']
mkdirSync('.warren', { recursive: true })

const jest = spawn(
  process.execPath,
  ['node_modules/jest/bin/jest.js', '--json', `--outputFile=${output}`, ...given, ...projects],
  { stdio: ['inherit', 'ignore', 'inherit'], env: { ...withoutPostgres(), NODE_OPTIONS: nodeOptions() } },
)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => jest.kill(signal))
process.exitCode = await new Promise<number>((ended) => jest.once('close', (code) => ended(code ?? 1)))
report()
rmSync(output, { force: true })

/** The variables of the shell without those that point PostgreSQL's clients at another server: tests use pg directly. */
function withoutPostgres(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PG')))
}

/** Jest needs this flag for ES modules; its warning is suppressed. */
function nodeOptions() {
  const quiet = process.allowedNodeEnvironmentFlags.has('--disable-warning')
    ? ['--disable-warning=ExperimentalWarning']
    : []
  return [process.env.NODE_OPTIONS, '--experimental-vm-modules', ...quiet].filter(Boolean).join(' ')
}

function report() {
  let results: Results
  try {
    results = JSON.parse(readFileSync(output, 'utf8')) as Results
  } catch {
    return
  }
  const tests = results.testResults.flatMap(({ assertionResults }) => assertionResults)
  const notRun = tests.filter(({ status }) => status === 'pending')
  if (notRun.length > 0) console.log(['\nNot run:', ...notRun.map(({ fullName }) => `  - ${fullName}`)].join('\n'))

  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites
  const skipped = notRun.length > 0 ? `, ${notRun.length} skipped` : ''
  console.log(`\n${results.numPassedTests} passed, ${failed} failed${skipped}`)
}
