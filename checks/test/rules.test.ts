import { describe, expect, it } from 'vitest';
import { renderBehaviors } from '../rules/behaviors.ts';
import { rules } from '../rules/index.ts';
import { treeWith } from './fake-tree.ts';

const source = (text: string) => treeWith({ 'apps/server/src/grants/some.ts': text });

describe('rules that find nothing in a repository in order', () => {
  it.each(Object.entries(rules))('%s', (_name, rule) => {
    expect(rule(treeWith({}))).toEqual([]);
  });
});

/** Each mistake breaks exactly one rule, which says where and why. */
const mistakes: readonly (readonly [string, string, string, RegExp])[] = [
  [
    'workspaces know whom they may know',
    'packages/licensing/src/a.ts',
    "import { x } from '@allotment/server';",
    /a\.ts:1: .*nothing of the apps/,
  ],
  [
    'workspaces know whom they may know',
    'packages/licensing/src/a.ts',
    "import { readFile } from 'node:fs/promises';",
    /no input or output/,
  ],
  [
    'workspaces know whom they may know',
    'packages/licensing/src/a.ts',
    "import { z } from '@allotment/apps-and-books';",
    /no input or output/,
  ],
  [
    'workspaces know whom they may know',
    'packages/apps-and-books/src/a.ts',
    "\nimport { Pool } from 'pg';",
    /a\.ts:2: .*no database/,
  ],
  [
    'workspaces know whom they may know',
    'packages/apps-and-books/src/a.ts',
    "import { plist } from '@allotment/device-management';",
    /do not know each other/,
  ],
  [
    'workspaces know whom they may know',
    'packages/apple-simulator/test/a.ts',
    "const x = await import('@allotment/apps-and-books');",
    /from the protocol alone/,
  ],
  [
    'workspaces know whom they may know',
    'packages/device-management/test/a.ts',
    "export * from '@allotment/apple-simulator/src/index.ts';",
    /from the protocol alone/,
  ],
  [
    'workspaces know whom they may know',
    'apps/server/src/a.ts',
    "import { box } from '@allotment/apple-simulator';",
    /does not carry the simulator/,
  ],
  [
    'workspaces know whom they may know',
    'apps/console/src/a.tsx',
    "import { rule } from '@allotment/licensing';",
    /a client of the API/,
  ],
  [
    'workspaces know whom they may know',
    'acceptance/test/a.test.ts',
    "import { start } from '../../apps/server/src/server.ts';",
    /from outside only/,
  ],
  [
    'workspaces know whom they may know',
    'apps/server/src/a.ts',
    "import { rule } from '../../../packages/licensing/src/index.ts';",
    /by its name/,
  ],
  [
    'workspaces name what they import',
    'apps/server/src/a.ts',
    "import { Queue } from 'pg-boss';",
    /imports pg-boss, which apps\/server\/package\.json does not name/,
  ],
  [
    'workspaces name what they import',
    'apps/server/src/a.ts',
    "import { expect } from 'vitest';",
    /imports vitest, which apps\/server\/package\.json does not name/,
  ],
  [
    'workspaces name what they import',
    'checks/a.ts',
    "import { Pool } from 'pg';",
    /imports pg, which package\.json does not name/,
  ],
  [
    'workspaces name what they import',
    'apps/server/src/a.ts',
    "import {\n  Queue,\n} from 'pg-boss/queue';\nimport 'pg';",
    /a\.ts:1: imports pg-boss\/queue, which/,
  ],
  [
    'workspaces name what they import',
    'apps/server/src/a.ts',
    "import pg from 'pg';\nimport 'reflect-metadata';",
    /a\.ts:2: imports reflect-metadata, which/,
  ],
  [
    'workspaces import what they name',
    'packages/licensing/package.json',
    '{"license":"Apache-2.0","dependencies":{"@types/plist":"5.0.0"}}',
    /licensing\/package\.json: @types\/plist is imported nowhere/,
  ],
  [
    'rooms know the rooms before them',
    'apps/server/src/library/a.ts',
    "import { line } from '../grants/index.ts';",
    /library comes before grants/,
  ],
  [
    'rooms know the rooms before them',
    'apps/server/src/library/a.ts',
    "import type { Server } from '../server.ts';",
    /rooms know context\.ts and errors\.ts/,
  ],
  [
    'the server has the rooms of the plan',
    'apps/server/src/helpers/a.ts',
    '',
    /helpers: is not a room/,
  ],
  [
    'a room writes its own tables only',
    'apps/server/src/grants/a.ts',
    "trx\n  .updateTable('library.asset')",
    /a\.ts:2: grants writes library\.asset/,
  ],
  [
    'a room writes its own tables only',
    'apps/server/src/grants/a.ts',
    'sql`with x as (insert\n into library.license select 1)`',
    /grants writes library\.license/,
  ],
  [
    'a room writes its own tables only',
    'apps/server/src/grants/a.ts',
    'sql`delete from db.installation`',
    /grants writes db\.installation/,
  ],
  [
    'a room writes its own tables only',
    'apps/server/src/server.ts',
    'sql`update grants.demand set x = 1`',
    /the root writes grants\.demand/,
  ],
  [
    'a room writes its own tables only',
    'apps/server/src/db/migrations/0010-library-holds.sql',
    'create function f() as $$ update grants.demand set x = 1 $$;',
    /library writes grants\.demand/,
  ],
  [
    'schemas are named as rooms',
    'apps/server/src/db/migrations/1.sql',
    'create schema misc;',
    /misc is named after no room/,
  ],
  [
    'schemas are named as rooms',
    'apps/server/src/db/migrations/1.sql',
    'create table loose (id int);',
    /loose lies in no room/,
  ],
  [
    'columns are read or written',
    'apps/server/src/db/generated/tables.ts',
    'export interface LibraryAsset {\n  forgottenAt: Timestamp | null;\n}\n',
    /forgottenAt of LibraryAsset is neither read nor written/,
  ],
  [
    'nothing is copied in',
    'apps/console/src/vendor/a.ts',
    '',
    /vendor\/a\.ts: other people's code/,
  ],
  [
    'nothing is copied in',
    'apps/console/public/chart.min.js',
    '',
    /chart\.min\.js: other people's code/,
  ],
  [
    'files can be read in one go',
    'apps/server/src/db/migrations/1.sql',
    'select 1;\n'.repeat(301),
    /has 301 lines/,
  ],
  [
    'versions are exact',
    'packages/licensing/package.json',
    '{"license":"Apache-2.0","dependencies":{"pg":"^8.0.0"}}',
    /pg \^8\.0\.0: name one exact version/,
  ],
  [
    'versions are exact',
    'packages/licensing/package.json',
    '{"license":"Apache-2.0","devDependencies":{"pg":"latest"}}',
    /one exact version/,
  ],
  [
    'every workspace is licensed',
    'bench/package.json',
    '{"license":"MIT"}',
    /must be "Apache-2\.0"/,
  ],
  [
    'titles of tests name behaviors that exist',
    'packages/licensing/test/a.test.ts',
    "it('shows [brief 79]', run);",
    /a\.test\.ts:1: there is no behavior 79/,
  ],
  [
    'titles of tests name behaviors that exist',
    'packages/licensing/test/a.test.ts',
    "it('[brief 1] [brief 2] [brief 1, 2]', run);",
    /shows 4 behaviors at once/,
  ],
  [
    'titles of tests name behaviors that exist',
    'packages/licensing/test/a.test.ts',
    "it('[brief 1, 50]', run);",
    /need a test each/,
  ],
];

describe('rules that find the mistake', () => {
  it.each(mistakes)('%s: %s: %s', (name, path, text, complaint) => {
    const tree = treeWith({ [path]: text });
    const complaints = Object.entries(rules).flatMap(([rule, check]) =>
      check(tree).map((complaint) => ({ rule, complaint })),
    );
    expect(complaints).toContainEqual({ rule: name, complaint: expect.stringMatching(complaint) });
  });
});

describe('what tests may do', () => {
  it.each([
    ['packages/licensing/test/a.test.ts', "import { it } from 'vitest';"],
    ['acceptance/src/server.ts', "import { it } from 'vitest';"],
    ['checks/a.ts', "import { x } from '@allotment/licensing';"],
  ])('%s: %s', (path, text) => {
    const tree = treeWith({ [path]: text });
    expect(Object.values(rules).flatMap((rule) => rule(tree))).toEqual([]);
  });
});

describe('what rooms may do', () => {
  it.each([
    "import { tokens } from '../library/index.ts';",
    "import type { Context } from '../context.ts';",
    "import { recordAudit } from '../audit/record.ts';",
    "sql`insert into db.note (room) values ('x')`",
    'sql`select 1 from library.asset for update`',
    'sql`insert into grants.demand select 1 on conflict do update set x = 1`',
    "trx.insertInto('db.note')",
    "sql`select 1 where family is distinct from 'Mac'`",
  ])('%s', (text) => {
    expect(Object.values(rules).flatMap((rule) => rule(source(text)))).toEqual([]);
  });
});

describe('docs/behaviors.md', () => {
  it('lists every behavior with the tests that show it', () => {
    const tree = treeWith({
      'packages/licensing/test/a.test.ts':
        "it('counts [brief 2]', run);\nit.each([1])(`[brief 1, 2] and so on`, run);",
    });
    const text = renderBehaviors(tree);
    expect(text).toContain('2 of 3 so far');
    expect(text).toContain('1. First.\n   - `packages/licensing/test/a.test.ts`: and so on\n');
    expect(text).toContain('2. Second.\n   - `packages/licensing/test/a.test.ts`: counts\n   -');
    expect(text).toContain('50. Fiftieth.\n   - not shown by a test yet\n');
  });
});
