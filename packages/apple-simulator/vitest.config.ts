import { defineProject } from 'vitest/config';

export default defineProject({
  test: {
    name: 'apple-simulator',
    testTimeout: 120_000,
    isolate: false,
    include: ['test/**/*.test.ts'],
  },
});
