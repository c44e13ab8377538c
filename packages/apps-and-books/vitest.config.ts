import { defineProject } from 'vitest/config';

export default defineProject({
  test: {
    name: 'apps-and-books',
    isolate: false,
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
  },
});
