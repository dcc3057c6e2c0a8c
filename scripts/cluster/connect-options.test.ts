import { connectOptions } from './connect-options.ts'

test('without options it is the shop of namespace shop', () => {
  expect(connectOptions([])).toEqual({ namespace: 'shop', data: '.warren/cluster', port: undefined })
  expect(connectOptions(['--namespace', 'mine', '--data', 'there', '--port', '9000'])).toEqual({
    namespace: 'mine',
    data: 'there',
    port: 9000,
  })
})

test('what is no port is refused by its name', () => {
  for (const wrong of ['0', '65536', '8o8o', '-1'])
    expect(() => connectOptions([`--port=${wrong}`])).toThrow(
      `--port must be a port from 1 to 65535, such as 8080 (got ${wrong})`,
    )
})

test('--help is help', () => expect(connectOptions(['--help'])).toBeUndefined())
