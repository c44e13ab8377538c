import type { Tree } from '../tree.ts';

/** A small repository that breaks no rule, with files of the test's own. */
export function treeWith(changes: Readonly<Record<string, string>>): Tree {
  return new Map(
    Object.entries({
      'package.json': manifest('all', { vitest: '5.1.1', typescript: '7.0.2' }),
      'vitest.config.ts': "import { defineConfig } from 'vitest/config';\n",
      'apps/server/package.json': manifest('server', { pg: '8.23.1', '@types/pg': '8.23.1' }),
      'apps/server/src/db/connect.ts': "import pg from 'pg';\n",
      'apps/console/package.json': manifest('console'),
      'packages/licensing/package.json': manifest('licensing'),
      'packages/apps-and-books/package.json': manifest('apps-and-books'),
      'packages/device-management/package.json': manifest('device-management'),
      'packages/apple-simulator/package.json': manifest('apple-simulator'),
      'apps/server/src/library/index.ts': 'export const tokens = 1;\n',
      'apps/server/src/grants/index.ts': "import { tokens } from '../library/index.ts';\n",
      'checks/behaviors.json': JSON.stringify({ 1: 'First.', 2: 'Second.', 50: 'Fiftieth.' }),
      ...changes,
    }),
  );
}

function manifest(name: string, dependencies: Readonly<Record<string, string>> = {}): string {
  return JSON.stringify({ name: `@allotment/${name}`, license: 'Apache-2.0', dependencies });
}
