import system from './scripts/jest.mjs'

/**
 * `*.test.ts` needs nothing; `*.broker.test.ts` gets a real broker and a real database, started once for all of them;
 * `*.e2e.test.ts` gets the shop in the cluster that KUBECONFIG names, installed once, and runs with `npm run test:cluster` only.
 */
const shared = {
  transform: system.transform,
  extensionsToTreatAsEsm: system.extensionsToTreatAsEsm,
  testEnvironmentOptions: { customExportConditions: ['warren:source', 'node', 'node-addons'] },
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/scripts/init/template/'],
  roots: ['<rootDir>/charts', '<rootDir>/handlers', '<rootDir>/scripts'],
}

/** @type {import('jest').Config} */
export default {
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['**/*.test.ts'],
      testPathIgnorePatterns: [...shared.testPathIgnorePatterns, '\\.(broker|e2e)\\.test\\.ts$'],
    },
    {
      ...shared,
      displayName: 'broker',
      testMatch: ['**/*.broker.test.ts'],
      globalSetup: '<rootDir>/scripts/testbed/jest/set-up.mjs',
      globalTeardown: '<rootDir>/scripts/testbed/jest/tear-down.mjs',
      testEnvironment: '<rootDir>/scripts/testbed/jest/environment.mjs',
    },
    {
      ...shared,
      displayName: 'e2e',
      testMatch: ['**/*.e2e.test.ts'],
      globalSetup: '<rootDir>/scripts/testbed/jest/cluster-set-up.mjs',
      globalTeardown: '<rootDir>/scripts/testbed/jest/cluster-tear-down.mjs',
      testEnvironment: '<rootDir>/scripts/testbed/jest/environment.mjs',
    },
  ],
  maxWorkers: 2,
  testTimeout: 60_000,
}
