import { defineProject } from 'vitest/config';

export default defineProject({
  test: {
    name: 'server',
    isolate: false,
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/postgres.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
