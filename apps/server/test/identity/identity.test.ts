import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createApiToken,
  createFirstAdministrator,
  createSignInLink,
  listApiTokens,
  principalOfApiToken,
  principalOfSession,
  revokeApiToken,
  signIn,
  SignInRefused,
  signOut,
  TooManyAttempts,
} from '../../src/identity/index.ts';
import { openTestContext, type TestContext } from '../support/context.ts';

const hour = 3_600_000;
const ann = { name: 'Ann', signInName: 'ann', password: 'correct horse battery' };
let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

const secretOf = (link: string | undefined): string =>
  new URL(link ?? '').hash.replace('#sign-in=', '');
const become = async (secret: string, more: Partial<typeof ann> = {}) =>
  createFirstAdministrator(test.context, { secret, ...ann, ...more });

describe('the first administrator', () => {
  it('is let in by a link: for an hour, once, with a good password, and alone', async () => {
    const late = secretOf(await createSignInLink(test.context));
    test.clock.advance(hour + 1_000);
    await expect(become(late)).rejects.toMatchObject({ kind: 'forbidden', code: 'linkVoid' });
    await expect(become('guess')).rejects.toMatchObject({ code: 'linkVoid' });
    const [first, second] = [
      secretOf(await createSignInLink(test.context)),
      secretOf(await createSignInLink(test.context)),
    ];
    await expect(become(first, { password: 'short' })).rejects.toMatchObject({ field: 'password' });
    await expect(become(first, { signInName: 'a b' })).rejects.toMatchObject({
      field: 'signInName',
    });
    const results = await Promise.allSettled([become(first), become(second), become(first)]);
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    await expect(become(second)).rejects.toMatchObject({ code: 'linkVoid' });
    expect(await createSignInLink(test.context)).toBeUndefined();
  });
});

const principal = async (secret: string) =>
  principalOfSession(test.context.db, secret, test.context.clock.now());

describe('signing in', () => {
  it('opens a session of twelve hours that can be ended', async () => {
    const session = await signIn(test.context, 'ANN', ann.password);
    expect(await principal(session.secret)).toMatchObject({
      role: 'administrator',
      actor: { name: 'Ann' },
    });
    await signOut(test.context.db, session.secret);
    expect(await principal(session.secret)).toBeUndefined();
    const other = await signIn(test.context, 'ann', ann.password);
    test.clock.advance(12 * hour);
    expect(await principal(other.secret)).toBeUndefined();
  });

  it('says the same for a wrong name and a wrong password, and closes a name after ten failures', async () => {
    const wrong = async () => signIn(test.context, 'ann', 'wrong wrong wrong');
    const nobody = await signIn(test.context, 'nobody', ann.password).catch(
      (error: unknown) => error,
    );
    expect(nobody).toEqual(await wrong().catch((error: unknown) => error));
    expect(nobody).toBeInstanceOf(SignInRefused);
    for (let failures = 1; failures < 10; failures += 1)
      await expect(wrong()).rejects.toBeInstanceOf(SignInRefused);
    await expect(signIn(test.context, 'ann', ann.password)).rejects.toBeInstanceOf(TooManyAttempts);
    test.clock.advance(15 * 60_000);
    await signIn(test.context, 'ann', ann.password);
  });

  it('keeps no secret readable in the database', async () => {
    const session = await signIn(test.context, 'ann', ann.password);
    const { token } = await createApiToken(
      test.context,
      { name: 'ci', role: 'reader' },
      { kind: 'cli', name: 'root' },
    );
    const rows = await test.context.pool.query<{ all: string }>(`select
      (select string_agg(a::text, '') from identity.administrator a) || (select string_agg(s::text, '') from identity.session s)
      || (select string_agg(t::text, '') from identity.api_token t) || (select string_agg(e::text, '') from audit.entry e) as all`);
    const all = rows.rows[0]?.all ?? '';
    expect(all).toContain('ann');
    for (const secret of [ann.password, session.secret, token]) {
      expect(all).not.toContain(secret);
      expect(all).not.toContain(Buffer.from(secret).toString('hex'));
    }
  });
});

describe('API tokens', () => {
  it('say who calls, and nothing when they are not ours or revoked', async () => {
    const cli = { kind: 'cli', name: 'root' } as const;
    const { id, token } = await createApiToken(test.context, { name: 'sync', role: 'reader' }, cli);
    const principal = async (text: string) =>
      principalOfApiToken(test.context.db, text, test.context.clock.now());
    expect(token).toMatch(/^alt_[\w-]{43}$/);
    expect(await principal(token)).toMatchObject({
      role: 'reader',
      by: 'apiToken',
      actor: { id, name: 'sync' },
    });
    expect(await principal(`${token}x`)).toBeUndefined();
    expect(await listApiTokens(test.context.db)).toContainEqual(
      expect.objectContaining({ id, name: 'sync', lastUsedAt: expect.any(Date) }),
    );
    await revokeApiToken(test.context, id, cli);
    await expect(revokeApiToken(test.context, id, cli)).rejects.toMatchObject({ kind: 'notFound' });
    expect(await principal(token)).toBeUndefined();
    await expect(
      createApiToken(test.context, { name: ' ', role: 'reader' }, cli),
    ).rejects.toMatchObject({ field: 'name' });
  });
});
