import { defineProject } from 'vitest/config';

export default defineProject({ test: { name: 'apple-simulator', include: ['test/**/*.test.ts'] } });
