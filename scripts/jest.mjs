import { createRequire } from 'node:module'

const { resolve } = createRequire(import.meta.url)

/** Jest's settings for handlers in TypeScript; a system's `jest.config.js` exports them: `export { default } from 'warren/jest'`. */
export default {
  transform: {
    '\\.ts$': [
      resolve('@swc/jest'),
      {
        // A JSON file is imported `with { type: 'json' }`, which Node.js and Jest ask for.
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript' },
          experimental: { keepImportAttributes: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.warren/'],
}
