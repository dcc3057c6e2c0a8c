import { execFileSync } from 'node:child_process'
import { must, pasteable, run } from './run-program.ts'

test('a printed command can be pasted: a shell splits it into the same words', () => {
  const words = ['helm', '--set', 'env.BANK_URL=http://bank:8080', 'a b', "it's", '$HOME', 'x{y}', '', '*']
  const heard = execFileSync('sh', ['-c', `printf '%s\\n' ${pasteable(words)}`], { encoding: 'utf8' })
  expect(heard.split('\n').slice(0, -1)).toEqual(words)
  expect(pasteable(['helm', 'upgrade', '--set', 'image.tag=dev'])).toBe('helm upgrade --set image.tag=dev')
})

test('both outputs of a program arrive as they are printed, followed by its exit code', async () => {
  const printed: string[] = []
  expect(await run(['sh', '-c', 'echo one; echo two >&2; exit 3'], (text) => printed.push(text))).toEqual({
    code: 3,
    output: printed.join(''),
    stdout: 'one\n',
  })
  expect(printed.join('').split('\n').sort()).toEqual(['', 'one', 'two'])
})

test('the failure of a required program carries its output', async () => {
  expect(await must(['sh', '-c', 'echo fine'])).toBe('fine\n')
  await expect(must(['sh', '-c', 'echo no room >&2; exit 1'])).rejects.toThrow(
    "sh -c 'echo no room >&2; exit 1' ended with code 1:\nno room",
  )
})

test('a missing program is reported with where to get it', async () => {
  const { PATH } = process.env
  process.env.PATH = ''
  try {
    await expect(run(['helm', 'version'])).rejects.toThrow(
      'helm is not on PATH: install it from https://helm.sh/docs/intro/install',
    )
  } finally {
    process.env.PATH = PATH
  }
})
