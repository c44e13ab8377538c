import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/cli/run.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { testKey } from '../support/context.ts';

let database: TestDatabase;
let dataDir: string;
beforeAll(async () => {
  database = await createTestDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'allotment-cli-'));
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

async function run(...typed: string[]): Promise<{ code: number; out: string; err: string }> {
  const lines = { out: [] as string[], err: [] as string[] };
  const code = await runCommand(typed, {
    env: { DATABASE_URL: database.url, ALLOTMENT_DATA_DIR: dataDir, ALLOTMENT_SECRET_KEY: testKey },
    cwd: dataDir,
    out: (line) => lines.out.push(line),
    err: (line) => lines.err.push(line),
  });
  return { code, out: lines.out.join('\n'), err: lines.err.join('\n') };
}

describe('the command line', () => {
  it('makes, lists and revokes API tokens', async () => {
    const made = await run('api-token', 'create', '--name', 'nightly', '--role', 'reader');
    expect(made).toEqual({ code: 0, out: expect.stringMatching(/^alt_[\w-]{43}$/), err: '' });
    const { out } = await run('api-token', 'list');
    expect(out).toMatch(/^[\da-f-]{36} {2}reader {2}never used {2}nightly$/);
    const [id = ''] = out.split(' ');
    expect((await run('api-token', 'revoke', id)).code).toBe(0);
    expect(await run('api-token', 'revoke', id)).toMatchObject({
      code: 1,
      err: `There is no API token ${id} in use.`,
    });
    expect((await run('api-token', 'list')).out).toBe('');
  });

  it('prints a sign-in link while there is no administrator', async () => {
    const { code, out } = await run('sign-in-link');
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:8080\/#sign-in=[\w-]{43}$/),
    ]);
  });

  it('says what is unknown', async () => {
    expect(await run('location', 'pause', 'L9', '--reason', 'holiday')).toMatchObject({
      code: 1,
      err: expect.stringContaining('L9'),
    });
  });

  it.each([
    [['api-token', 'create', '--role', 'reader'], /^--name is missing: who will use it\. Usage: /],
    [['api-token', 'create', '--name', 'x', '--role', 'king'], /^--role is "king"/],
    [['api-token', 'create', '--name', 'x', '--role', 'reader', '--color', 'red'], /--color/],
    [['location', 'pause', '--reason', 'x'], /^location pause takes UID/],
    [['fly'], /^There is no command "fly"/],
  ])('%j is typed wrong', async (typed, err) => {
    expect(await run(...typed)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(err),
    });
  });

  it('helps on everything and on each command', async () => {
    const all = await run('--help');
    expect(all.code).toBe(0);
    for (const name of ['api-token create', 'sign-in-link', 'location pause', 'location resume']) {
      expect(all.out).toContain(`  ${name}`);
      const one = await run(...name.split(' '), '--help');
      expect([one.code, one.out]).toEqual([
        0,
        expect.stringContaining(`Usage: npm run allotment -- ${name}`),
      ]);
    }
  });
});
