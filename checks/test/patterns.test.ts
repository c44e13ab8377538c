import { describe, expect, it } from 'vitest';
import { forbidden } from '../rules/patterns.ts';
import { treeWith } from './fake-tree.ts';

describe('forbidden patterns', () => {
  it.each([
    ['apps/server/src/grants/a.ts', 'function f(x: any) {}', /any switches/],
    ['apps/server/src/grants/a.ts', 'const x = y as any;', /any switches/],
    ['apps/console/src/a.tsx', 'const x = new Map<string, any[]>();', /any switches/],
    ['apps/server/src/grants/a.ts', '// @ts-ignore', /mend the type/],
    ['apps/server/src/grants/a.ts', '// @ts-expect-error\nf();', /say why/],
    ['apps/server/src/grants/a.ts', 'x as unknown as Y', /hides a wrong type/],
    ['packages/licensing/test/a.test.ts', "describe.only('x', f)", /would not run/],
    ['packages/licensing/test/a.test.ts', "it.skip('x', f)", /names the issue/],
    ['packages/licensing/test/a.test.ts', "it.todo('x')", /names the issue/],
    ['apps/server/src/db/migrations/1.sql', '-- TODO: index', /is an issue/],
    ['apps/server/src/grants/a.ts', 'process.exit(1);', /process\.exitCode/],
    ['apps/server/src/grants/a.ts', 'const at = Date.now();', /clock that is passed in/],
    ['packages/licensing/src/a.ts', 'const at = new Date();', /clock that is passed in/],
    ['packages/licensing/src/a.ts', 'const r = Math.random();', /chance is passed in/],
    ['apps/server/src/grants/a.ts', 'sql`select 1 where due < now()`', /its own clock/],
    ['apps/server/src/grants/a.ts', 'sql`select CURRENT_TIMESTAMP`', /its own clock/],
    ['apps/server/src/db/migrations/1.sql', 'default now()', /its own clock/],
    ['apps/console/src/a.css', `.a{color:red}`.repeat(50), /a line that a tool wrote/],
    ['docs/a.md', 'a Licence', /a\.md:1: Licence: American/],
    ['docs/a.md', 'see /work/main/README', /somebody’s machine/],
    ['package-lock.json', '"resolved": "https://example.org/x.tgz"', /package registry/],
  ])('%s: %s', (path, text, complaint) => {
    expect(forbidden(treeWith({ [path]: text }))).toEqual([expect.stringMatching(complaint)]);
  });

  it.each([
    ['apps/server/src/grants/a.ts', 'const any: string = anyOf(x) as anything;'],
    ['apps/server/src/grants/a.ts', 'const at = clock.now(); const then = new Date(at);'],
    ['apps/server/src/grants/a.ts', '// @ts-expect-error the library names it wrongly'],
    ['apps/server/src/cli.ts', 'process.exit(1);'],
    ['apps/server/src/schedule/clock.ts', 'export const now = () => new Date();'],
    ['apps/server/src/db/generated/tables.ts', 'type X = any;'],
    ['packages/licensing/test/a.test.ts', "it.skip('x', f); // #17"],
    ['packages/licensing/test/a.test.ts', "it.skipIf(!here)('x', f)"],
    ['docs/a.md', 'https://example.org/work/shared and ../work/x'],
  ])('leave alone %s: %s', (path, text) => {
    expect(forbidden(treeWith({ [path]: text }))).toEqual([]);
  });
});
