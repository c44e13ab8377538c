import { defineProject } from 'vitest/config';

export default defineProject({ test: { name: 'licensing', include: ['test/**/*.test.ts'] } });
