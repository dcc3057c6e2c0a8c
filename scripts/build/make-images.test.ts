import { stubPrograms, type StubPrograms } from '../cluster/testing/stub-programs.ts'
import { makeImages } from './make-images.ts'
import { parse } from '../cli/command.ts'
import { imagesCommand, imagesOptions } from './images-command.ts'

const options = (...args: string[]) => imagesOptions(parse(imagesCommand, args)!, {})

let stubs: StubPrograms
afterEach(() => stubs.remove())

async function make(...args: string[]): Promise<string[]> {
  const printed: string[] = []
  await makeImages(options(...args), (line) => printed.push(line))
  return printed
}

const docker = (build: string) => `case "$1" in images) echo 144MB;; build) ${build};; esac`

test('each image is built and loaded, and every command and image size is printed', async () => {
  stubs = stubPrograms({ docker: docker(''), kind: '', git: 'echo 0123456789abcdef' })
  const printed = await make('mail', '--tag', 'v7')
  const build =
    'docker build --build-arg HANDLER=mail --build-arg VERSION=v7 --build-arg REVISION=0123456789abcdef --build-arg LICENSE=Apache-2.0 --tag docker.io/warren/mail:v7 .'
  const load = 'kind load docker-image --name warren docker.io/warren/mail:v7'
  expect(printed).toEqual([
    `$ ${build}`,
    expect.stringMatching(/^docker\.io\/warren\/mail:v7: 144MB, of which 0\.\d MB are its own$/),
    `$ ${load}`,
  ])
  expect(stubs.calls()).toEqual(expect.arrayContaining([build, load]))
})

test('at most two images are built at a time', async () => {
  stubs = stubPrograms({ docker: docker(''), kind: '', git: '' })
  const running: string[] = []
  let most = 0
  await makeImages(options('mail', 'bank', 'shipping', 'payments'), (line) => {
    if (line.startsWith('$ docker')) running.push(line)
    if (line.startsWith('$ kind')) running.pop()
    most = Math.max(most, running.length)
  })
  expect(most).toBe(2)
  expect(stubs.calls().filter((call) => call.startsWith('kind'))).toHaveLength(4)
})

test("a failed command's output is shown, and no further image is started", async () => {
  stubs = stubPrograms({ docker: docker('echo "no such base" >&2; exit 3'), kind: '', git: '' })
  await expect(make('mail', 'bank', 'shipping', 'payments')).rejects.toThrow(
    /--tag docker\.io\/warren\/\w+:dev \. ended with code 3:\nno such base$/,
  )
  expect(stubs.calls().filter((call) => call.startsWith('docker build')).length).toBeLessThanOrEqual(2)
  expect(stubs.calls().filter((call) => call.startsWith('kind'))).toEqual([])
})
