import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      'packages/*/vitest.config.ts',
      'apps/*/vitest.config.ts',
      '{acceptance,bench,chaos}/vitest.config.ts',
    ],
    // Tests wait for one another's processes as much as they compute: on two cores two files at a time take half as long.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
