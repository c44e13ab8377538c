import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { readUsers } from '../../src/associations/read-users.ts';
import { readUsersSoon } from '../../src/associations/users.ts';
import { credentialFor } from '../../src/library/index.ts';
import { sameValue, Stage } from '../support/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(async () => stage[Symbol.asyncDispose]());

/** How often Apple was asked for the users of the location. */
async function readings(): Promise<number> {
  const journal = await stage.harness.apple.rawText('/_control/journal?kind=page.served');
  return journal.split('\n').filter((line) => line.includes('users')).length;
}

async function dueAt(): Promise<Date | null | undefined> {
  const { db } = stage.harness.context;
  return (await db.selectFrom('associations.people').select('readDueAt').executeTakeFirst())
    ?.readDueAt;
}

const hourMs = 60 * 60 * 1000;

/** The next reading is half a day away. */
async function isQuiet(): Promise<void> {
  await vi.waitFor(
    async () => {
      const restMs = ((await dueAt())?.getTime() ?? 0) - stage.harness.clock.now().getTime();
      sameValue(Math.ceil(restMs / hourMs), 12);
    },
    { timeout: 30_000 },
  );
}

it('users are read again after half a day, and at once when that is asked for in the moment of a reading', async () => {
  const { context } = stage.harness;
  await isQuiet();
  const credential = await credentialFor(context, stage.uId);
  if (!credential.usable) throw new Error('the location cannot be read');
  const { client } = credential;
  const before = await readings();

  await readUsers(context, client, stage.uId, context.signal);
  await isQuiet();
  expect(await readings()).toBe(before + 1);

  const ask = client.users.bind(client);
  client.users = async (...asked) => {
    const read = await ask(...asked);
    await readUsersSoon(context.db, stage.uId, context.clock.now());
    return read;
  };
  await readUsers(context, client, stage.uId, context.signal);
  await vi.waitFor(async () => sameValue(await readings(), before + 3), { timeout: 30_000 });
  await isQuiet();
});
