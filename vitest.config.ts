import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: ['packages/*/vitest.config.ts', 'apps/server/vitest.config.ts', 'apps/demo/vitest.config.ts', 'acceptance/vitest.config.ts'],
  },
});
