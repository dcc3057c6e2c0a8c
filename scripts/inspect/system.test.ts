import { mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { forgetSystem, readSystem, writeSystem, type System } from './system.ts'

const system: System = {
  amqpUrl: 'amqp://operator:secret@127.0.0.1:5672/warren',
  managementUrl: 'http://127.0.0.1:15672',
  handlers: {
    api: { url: 'http://127.0.0.1:3000', secrets: { TOKEN_KEY: 'a secret' } },
    worker: { databaseUrl: 'postgres://worker:secret@127.0.0.1:5432/worker', secrets: {} },
  },
  mails: '.warren/mail',
}
const folder = () => mkdtempSync(join(tmpdir(), 'warren-system-'))

test('a written system is read back, and only its owner can read it', () => {
  const place = join(folder(), 'made', 'on', 'the', 'way')
  writeSystem(system, place)

  expect(readSystem(place)).toEqual(system)
  expect(statSync(join(place, 'system.json')).mode & 0o777).toBe(0o600)
})

test('without a running system, the error names the command that starts one', () => {
  const place = folder()
  expect(() => readSystem(place)).toThrow(/is missing: start the system with `npm start`/)

  writeSystem(system, place)
  forgetSystem(place)
  expect(() => readSystem(place)).toThrow(/is missing/)
})

test('a file of another version is refused with the name of the field', () => {
  const place = folder()
  writeFileSync(join(place, 'system.json'), JSON.stringify({ ...system, managementUrl: undefined }))

  expect(() => readSystem(place)).toThrow(/managementUrl/)
})
