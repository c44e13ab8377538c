import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestOrganization } from '../support/organization.ts';
import { openTestHttp, type TestHttp } from './support/http.ts';

const vppTokens = '/beta/deviceAppManagement/vppTokens';
let http: TestHttp;
let organization: TestOrganization;

beforeAll(async () => {
  http = await openTestHttp();
  organization = new TestOrganization(http.context);
});
afterAll(async () => http[Symbol.asyncDispose]());

/** The last entries of the audit. */
async function audit(top: number): Promise<unknown> {
  return (await http.call('GET', `/api/audit?top=${top}`)).json.value;
}

describe('deleting and revoking a token over Graph', () => {
  const because = { reason: 'Schule%20geschlossen' };
  const byToken = { kind: 'apiToken', name: 'administrator' };

  it('keeps the reason and who it was, now and in what follows', async () => {
    const { tokenId } = await organization.location('loc-reason');
    const path = `${vppTokens}/${tokenId}`;
    expect((await http.call('POST', `${path}/revokeLicenses`, {}, because)).status).toBe(204);
    expect(await audit(1)).toMatchObject([
      { action: 'beginRevokeAll', actor: byToken, reason: 'Schule geschlossen' },
    ]);
    const { json } = await http.call('GET', `/api/operations?tokenId=${tokenId}`);
    expect(json.value).toMatchObject([
      { kind: 'revokeAll', requestedByKind: 'apiToken', reason: 'Schule geschlossen' },
    ]);
    await http.call('POST', `/api/operations/${json.value[0].id}/cancel`);
    expect((await http.call('DELETE', path)).status).toBe(204);
    const { json: after } = await http.call('GET', `/api/operations?tokenId=${tokenId}&top=1`);
    expect(after.value).toMatchObject([
      { kind: 'deleteToken', reason: expect.stringContaining('Graph') },
    ]);
  });

  it('of which the location has another keeps the reason too', async () => {
    const { tokenId } = await organization.location('loc-reason-two');
    const { rows } = await http.context.pool.query<{ id: string }>(
      `insert into library.token (location_uid, display_name, apple_id, account_type, country_or_region, secret,
        organization_name, expires_at, state, serving, next_sync_at, created_at, modified_at)
      select location_uid, 'second', apple_id, account_type, country_or_region, secret, organization_name, expires_at,
        'duplicateLocationId', false, next_sync_at, created_at, modified_at from library.token where id = $1 returning id`,
      [tokenId],
    );
    const path = `${vppTokens}/${String(rows[0]?.id)}`;
    expect((await http.call('DELETE', path, undefined, because)).status).toBe(204);
    expect(await audit(1)).toMatchObject([
      { action: 'deleteVppToken', actor: byToken, reason: 'Schule geschlossen' },
    ]);
  });
});

describe('the settings of tokens', () => {
  it('are how many there may be, up to 3,000 [brief 23]', async () => {
    const path = '/api/library-settings';
    expect((await http.call('GET', path)).json).toEqual({ tokenLimit: 256 });
    for (const tokenLimit of [0, 3_001, 1.5, 'many'])
      expect((await http.call('PUT', path, { tokenLimit })).json.error).toMatchObject({
        field: 'tokenLimit',
      });
    expect((await http.call('PUT', path, { tokenLimit: 3_000 })).status).toBe(204);
    expect((await http.call('GET', path)).json).toEqual({ tokenLimit: 3_000 });
    expect(await audit(1)).toMatchObject([{ action: 'updateLibrarySettings' }]);
  });
});
