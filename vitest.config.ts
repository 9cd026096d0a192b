import { defineConfig } from 'vitest/config';

const UNIT = ['test/unit/**/*.test.ts', 'test/contract/**/*.test.ts', 'test/simulation/**/*.test.ts'];
const WITH_SERVERS = [
  'test/integration/**/*.test.ts',
  'test/conformance/**/*.test.ts',
  'test/hostile/**/*.test.ts',
  'test/e2e/**/*.test.ts',
];

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: 'unit', include: UNIT } },
      {
        extends: true,
        test: {
          name: 'system',
          include: WITH_SERVERS,
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
