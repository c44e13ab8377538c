import { defineProject } from 'vitest/config';

export default defineProject({ test: { name: 'apps-and-books', include: ['test/**/*.test.ts'] } });
