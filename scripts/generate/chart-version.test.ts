import { withVersion } from './chart-version.ts'

test('both versions of a chart become the given one, and the rest stays', () => {
  const chart = '# a chart\nname: x\nversion: 0.1.0\nappVersion: 0.1.0\nkubeVersion: 1\n'
  expect(withVersion(chart, '1.2.3-rc.1')).toBe(
    '# a chart\nname: x\nversion: 1.2.3-rc.1\nappVersion: 1.2.3-rc.1\nkubeVersion: 1\n',
  )
})

test('a chart without a line for its version is refused with the name of the line', () => {
  expect(() => withVersion('name: x\nversion: 0.1.0\n', '1.0.0')).toThrow('the line `appVersion:` is missing')
})
