import { defineProject } from 'vitest/config';

export default defineProject({
  test: { name: 'device-management', include: ['test/**/*.test.ts'] },
});
