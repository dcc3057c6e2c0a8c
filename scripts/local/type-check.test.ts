import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { constants, getPriority, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { until } from '../testbed/until.ts'
import { typeError, watchTypes, type TypeCheck } from './type-check.ts'

let root: string
let check: TypeCheck | undefined
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'warren-types-'))
  mkdirSync(join(root, 'handlers/payments'), { recursive: true })
  writeFileSync(
    join(root, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { strict: true, types: [], lib: ['ES2023'] }, include: ['handlers'] }),
  )
})
afterEach(async () => {
  await check?.stop()
  check = undefined
  rmSync(root, { recursive: true })
})

const write = (text: string) => writeFileSync(join(root, 'handlers/payments/handler.ts'), text)

test('the first error is shown with its place, and gone when it is repaired', async () => {
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'))
  write(`export const amount = 1\nexport const text: string = 5\nexport const other: string = 6\n`)
  const changes: (string | undefined)[] = []
  check = watchTypes(root, (error) => changes.push(error))
  const error = `handlers/payments/handler.ts:2:14: Type 'number' is not assignable to type 'string'.`
  await until(() => check?.firstError() === `${error} (and 1 more)`, { within: 30_000 })
  expect(getPriority(check?.pid)).toBe(constants.priority.PRIORITY_LOW)

  write(`export const amount = 1\nexport const text: string = 5\n`)
  await until(() => check?.firstError() === error, { within: 30_000 })
  write(`export const amount = 1\n`)
  await until(() => check?.firstError() === undefined, { within: 30_000 })
  expect(changes).toEqual([`${error} (and 1 more)`, error, undefined])
}, 100_000)

test('a system without a compiler is not checked', () => {
  write('export const text: string = 5')
  expect(watchTypes(root, () => undefined)).toBeUndefined()
})

test('of a message that the list of outputs lacks, the sentence of the types is shown', () => {
  const line =
    "handlers/payments/handler.ts(6,3): error TS2345: Argument of type '() => Message' is not assignable to parameter of " +
    `type '"payment.paid.v1 is returned, but not in the list of outputs" & ApplyAlone'.`
  expect(typeError(line)).toBe(
    'handlers/payments/handler.ts:6:3: payment.paid.v1 is returned, but not in the list of outputs',
  )
  expect(typeError("error TS5023: Unknown compiler option 'stric'.")).toBe("Unknown compiler option 'stric'.")
  expect(typeError("  Type 'number' is not assignable to type 'string'.")).toBeUndefined()
})
