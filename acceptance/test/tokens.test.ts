import { describe, expect, it } from 'vitest';
import { call } from '../src/client.ts';

const vppTokens = '/beta/deviceAppManagement/vppTokens';
const wish = {
  appleId: 'apps@example.org',
  countryOrRegion: 'us',
  vppTokenAccountType: 'business',
  displayName: 'x',
};
const file = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64');
const whole = { token: 'c2VjcmV0', expDate: '2099-01-01T00:00:00+0000', orgName: 'Example' };

describe('a token file', () => {
  it.each([
    ['that is no base64', '%%%'],
    ['that is no JSON', Buffer.from('hello').toString('base64')],
    ['without its expiry', file({ token: whole.token, orgName: whole.orgName })],
    ['that has expired', file({ ...whole, expDate: '2020-01-01T00:00:00+0000' })],
  ])('%s is refused, and nothing is kept', async (_what, token) => {
    const before = await call('GET', `${vppTokens}/$count`);
    const answer = await call('POST', vppTokens, { body: { ...wish, token } });
    expect(answer.status).toBe(400);
    expect(answer.json.error.innerError.field).toBe('token');
    expect(answer.json.error.message).toMatch(/\w{3}.*[.!]$/s);
    expect((await call('GET', `${vppTokens}/$count`)).text).toBe(before.text);
  });

  it('cannot be of a country without a store', async () => {
    const answer = await call('POST', vppTokens, {
      body: { ...wish, countryOrRegion: 'zz', token: file(whole) },
    });
    expect([answer.status, answer.json.error.innerError.field]).toEqual([400, 'countryOrRegion']);
  });

  it('is asked for, with everything else that is missing, by name', async () => {
    const answer = await call('POST', vppTokens, { body: wish });
    expect([answer.status, answer.json.error.innerError.field]).toEqual([400, 'token']);
  });
});
