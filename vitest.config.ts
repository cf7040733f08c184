import { defineConfig } from 'vitest/config';

/** Every project runs in forked processes: Temporal's native core does not bear worker threads. */
const common = { pool: 'forks', environment: 'node' } as const;

export default defineConfig({
  test: {
    // A `.only` that is left in a file fails the run instead of hiding its neighbours; a project without a test does too.
    allowOnly: false,
    passWithNoTests: false,
    // Taking a lab down is part of a test's end.
    teardownTimeout: 120_000,
    projects: [
      { test: { ...common, name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 20_000 } },
      {
        test: { ...common, name: 'architecture', include: ['test/architecture/**/*.test.ts'], testTimeout: 60_000 },
      },
      {
        test: {
          ...common,
          name: 'workflow',
          include: ['test/workflow/**/*.test.ts'],
          globalSetup: ['test/support/setup-temporal.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...common,
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 240_000,
          // On a machine that never had the browser, it is downloaded first.
          hookTimeout: 10 * 60_000,
        },
      },
      {
        test: {
          ...common,
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          ...common,
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          globalSetup: ['test/support/setup-temporal.ts', 'test/support/setup-control-plane.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...common,
          name: 'drill',
          include: ['test/drill/**/*.test.ts'],
          globalSetup: ['test/support/setup-temporal.ts'],
          fileParallelism: false,
          testTimeout: 20 * 60_000,
          // On a machine that never had a lab, its first start builds it.
          hookTimeout: 60 * 60_000,
        },
      },
      {
        // Two whole sites side by side: by its own command, `npm test` has no time for it.
        test: {
          ...common,
          name: 'failover',
          include: ['test/failover/**/*.test.ts'],
          globalSetup: ['test/support/setup-temporal.ts'],
          fileParallelism: false,
          testTimeout: 20 * 60_000,
          hookTimeout: 60 * 60_000,
        },
      },
    ],
  },
});
