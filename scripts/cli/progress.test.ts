import { bar, createProgress, progressLine } from './progress.ts'

test('a terminal gets one line that changes, everything else a new line each time', () => {
  const written = (isTTY: boolean) => {
    const chunks: string[] = []
    const progress = progressLine({ isTTY, write: (chunk: string | Uint8Array) => chunks.push(String(chunk)) > 0 })
    progress.show(bar(1, 4, 8))
    progress.end()
    return chunks.join('')
  }
  expect(written(true)).toBe('\r\u001b[2K[██──────] 25%\r\u001b[2K')
  expect(written(false)).toBe('[██──────] 25%\n')
})

test('each part of a start is reported when it is ready, with what it is and how long it took', async () => {
  const lines: string[] = []
  const { part, took } = createProgress((line) => lines.push(line))

  expect(await part('broker', Promise.resolve(5672), (port) => `port ${port}`)).toBe(5672)
  expect(lines).toEqual([expect.stringMatching(/^ {2}broker {6}port 5672 +0\.\d s$/)])
  expect(took('database')).toBe('0.0 s')
})
