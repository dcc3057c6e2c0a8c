import { parse } from '../cli/command.ts'
import { connectCommand } from './connect-command.ts'

const read = (...args: string[]) => parse(connectCommand, args)

test('by default it is the namespace that package.json sets', () => {
  expect(read()).toEqual({ namespace: 'shop', data: '.warren/cluster', port: undefined })
  expect(read('--namespace', 'mine', '--data', 'there', '--port', '9000')).toEqual({
    namespace: 'mine',
    data: 'there',
    port: 9000,
  })
})

test('a wrong port is refused in a sentence', () => {
  for (const wrong of ['0', '65536', '8o8o', '-1'])
    expect(() => read(`--port=${wrong}`)).toThrow(`--port must be a port from 1 to 65535, such as 8080 (got ${wrong})`)
})
