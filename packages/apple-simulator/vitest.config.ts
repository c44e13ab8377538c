import { defineProject } from 'vitest/config';

export default defineProject({
  test: { name: 'apple-simulator', isolate: false, include: ['test/**/*.test.ts'] },
});
