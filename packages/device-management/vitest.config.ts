import { defineProject } from 'vitest/config';

export default defineProject({
  test: {
    name: 'device-management',
    isolate: false,
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
  },
});
