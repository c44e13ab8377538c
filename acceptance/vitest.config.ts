import { defineProject } from 'vitest/config';

export default defineProject({
  test: {
    name: 'acceptance',
    include: ['test/**/*.test.ts'],
    globalSetup: ['src/server.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
