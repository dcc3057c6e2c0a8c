import { settings } from './settings.ts'

const right = { AUTH_SECRET: 'a secret of thirty-two characters', RATE_LIMIT: '100', ADMIN_ROUTES: 'off' }

test('settings are read from the environment', () => {
  expect(settings(right)).toEqual({ secret: right.AUTH_SECRET, rateLimit: 100, adminRoutes: false })
})

test.each([
  [{ ...right, AUTH_SECRET: 'short' }, 'AUTH_SECRET must have at least 32 characters'],
  [{ ...right, RATE_LIMIT: '0' }, 'RATE_LIMIT must be a whole number of requests per minute, at least 1'],
  [{ ...right, RATE_LIMIT: 'many' }, 'RATE_LIMIT must be a whole number of requests per minute, at least 1'],
  [{ ...right, ADMIN_ROUTES: 'yes' }, 'ADMIN_ROUTES must be on or off'],
])('the error names an invalid variable', (env, sentence) => {
  expect(() => settings(env)).toThrow(sentence)
})
