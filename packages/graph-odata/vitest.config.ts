import { defineProject } from 'vitest/config';

export default defineProject({ test: { name: 'graph-odata', include: ['test/**/*.test.ts'] } });
