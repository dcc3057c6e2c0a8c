import { atLeast, describeVersion } from './versions.ts'

test('versions are compared number by number', () => {
  expect(atLeast('4.3.6', '4.3')).toBe(true)
  expect(atLeast('4.10.0', '4.3')).toBe(true)
  expect(atLeast('3.13.7', '4.0')).toBe(false)
  expect(atLeast('4.2.9', '4.3')).toBe(false)
})

test('npm start states what an older broker does with priorities', () => {
  expect(describeVersion('3.10.8')).toBe('3.10.8 (it ignores priorities: strict ones need 4.3)')
  expect(describeVersion('4.1.0')).toBe('4.1.0 (it mixes two levels of priority: strict ones need 4.3)')
  expect(describeVersion('4.3.6')).toBe('4.3.6')
})
