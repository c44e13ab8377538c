import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { alertsWorkers } from '../../src/alerts/workers.ts';
import { TestOrganization } from '../support/organization.ts';
import { openTestHttp, type TestHttp } from './support/http.ts';

let http: TestHttp;
let tokenId: string;
let appId: string;

beforeAll(async () => {
  http = await openTestHttp();
  const organization = new TestOrganization(http.context);
  ({ tokenId } = await organization.location('loc-alerts'));
  const location = { uid: 'loc-alerts', tokenId };
  ({ appId } = await organization.app(location, 10));
  await organization.decide();
});
afterAll(async () => http[Symbol.asyncDispose]());
beforeEach(async () => {
  await set({ state: 'expired' });
  await use(6);
});

async function set(columns: { state: string }): Promise<void> {
  await http.context.db.updateTable('library.token').set(columns).execute();
}
async function use(licenses: number): Promise<void> {
  await http.context.db.updateTable('grants.stock').set({ foreignHeld: licenses }).execute();
}
/** Time goes on, alerts are looked for, and the open ones are asked for. */
async function open(): Promise<readonly Record<string, unknown>[]> {
  http.clock.advance(10 * 60_000);
  for (const worker of alertsWorkers(http.context)) await worker.run(http.context.signal);
  const { json } = await http.call('GET', '/api/alerts');
  expect(json.count).toBe(json.value.length);
  return json.value;
}

describe('alerts over the API', () => {
  it('name what is wrong, who can mend it and the next step, the severe first', async () => {
    expect(await open()).toMatchObject([
      {
        kind: 'tokenExpired',
        severity: 'critical',
        subject: { kind: 'token', id: tokenId, name: 'loc-alerts' },
        reason: {
          cause: expect.stringContaining('has ended'),
          who: 'administrator',
          next: expect.stringContaining('Download a new content token'),
        },
        seen: null,
        closedDateTime: null,
      },
      { kind: 'lowLicenses', subject: { kind: 'app', id: appId } },
    ]);
  });

  it('move down once seen, with who saw them, and that is in the audit', async () => {
    const [expired] = await open();
    const seen = await http.call('POST', `/api/alerts/${String(expired?.['id'])}/seen`);
    expect(seen.status).toBe(204);
    const [first, second] = await open();
    expect(first).toMatchObject({ kind: 'lowLicenses', seen: null });
    expect(second).toMatchObject({ id: expired?.['id'], seen: { by: 'administrator' } });
    const audit = await http.call('GET', '/api/audit');
    expect(audit.json.value[0]).toMatchObject({
      action: 'markAlertSeen',
      target: { id: expired?.['id'], name: 'loc-alerts' },
      detail: { kind: 'tokenExpired' },
    });
  });

  it('are over when what they point out is, and can be looked at then', async () => {
    const [expired] = (await open()).filter((one) => one['kind'] === 'tokenExpired');
    await set({ state: 'duplicateLocationId' });
    expect(await open()).toMatchObject([{ kind: 'lowLicenses' }]);
    const closed = await http.call('GET', '/api/alerts?state=closed&top=1');
    expect(closed.json.value).toMatchObject([
      { id: expired?.['id'], closedDateTime: expect.any(String) },
    ]);
    for (const id of [String(expired?.['id']), 'none'])
      expect((await http.call('POST', `/api/alerts/${id}/seen`)).json.error.code).toBe(
        'alertNotFound',
      );
  });

  it('come by the share of used licenses that is set', async () => {
    expect((await http.call('GET', '/api/alert-settings')).json).toEqual({
      lowLicensesPercent: 50,
    });
    const put = async (lowLicensesPercent: unknown) =>
      http.call('PUT', '/api/alert-settings', { lowLicensesPercent });
    for (const bad of [0, 101, 1.5, 'many'])
      expect((await put(bad)).json.error).toMatchObject({ field: 'lowLicensesPercent' });
    expect((await put(70)).status).toBe(204);
    expect((await open()).map((one) => one['kind'])).toEqual(['tokenExpired']);
    await put(50);
  });

  it('are read, not marked, by who may only read', async () => {
    const reader = { authorization: `Bearer ${await http.token('reader')}` };
    const [expired] = await open();
    expect((await http.call('GET', '/api/alerts', undefined, reader)).status).toBe(200);
    const marked = await http.call(
      'POST',
      `/api/alerts/${String(expired?.['id'])}/seen`,
      undefined,
      reader,
    );
    expect(marked.status).toBe(403);
  });
});
