import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leaveNote } from '../../src/db/notes.ts';
import { TestOrganization } from '../support/organization.ts';
import { type Answer, openTestHttp, type TestHttp } from './support/http.ts';

const because = { reason: 'She changed schools' };
const location = { uid: 'loc-people', tokenId: '' };
let http: TestHttp;
let organization: TestOrganization;
let groupId: string;
let people: string[];

beforeAll(async () => {
  http = await openTestHttp();
  organization = new TestOrganization(http.context);
  Object.assign(location, await organization.location(location.uid));
  groupId = await organization.group();
  people = [];
  for (const name of ['ann', 'bea']) {
    const personId = await organization.person(name);
    await organization.device(`LICPEOPLE${name.toUpperCase()}`, { personId });
    await organization.join(groupId, { personId });
    people.push(personId);
  }
});
afterAll(async () => http[Symbol.asyncDispose]());

type Path = '/api/apps' | '/api/books';
/** A title that is Required for the group, with user licenses, and decided. */
async function assigned(path: Path, total: number) {
  const productType = path === '/api/books' ? 'Book' : 'App';
  const { appId, assetId } = await organization.app(location, total, { productType });
  await http.call('PUT', `${path}/${appId}/assignments`, {
    assignments: [{ target: { kind: 'group', groupId }, intent: 'required', licenseType: 'user' }],
  });
  await organization.decide();
  return {
    assetId,
    post: async (act: string, more: object = {}): Promise<Answer> =>
      http.call('POST', `${path}/${appId}/${act}`, { ...because, ...more }),
    granted: async (): Promise<number> => {
      await organization.decide();
      const line = await organization.line(assetId);
      return line.filter((one) => one.wanted && one.granted).length;
    },
  };
}

describe('licenses of people', () => {
  it('of an app go back for one person, and come again when the hold is lifted', async () => {
    const { post, granted } = await assigned('/api/apps', 5);
    expect(await granted()).toBe(2);
    const stranger = await organization.person('stranger');
    expect((await post('revoke-licenses', { personIds: [stranger] })).json.error).toMatchObject({
      code: 'userNotFound',
      field: 'personIds',
    });
    const one = { personIds: people.slice(0, 1) };
    expect((await post('revoke-licenses', one)).json).toMatchObject({ revoked: 1 });
    expect(await granted()).toBe(1);
    expect((await post('lift-holds', one)).json).toEqual({ lifted: 1 });
    expect(await granted()).toBe(2);
  });

  it('of a book never go back, and that is said', async () => {
    const { post, granted } = await assigned('/api/books', 5);
    expect(await granted()).toBe(2);
    for (const whom of [{}, { personIds: people }]) {
      const { status, json } = await post('revoke-licenses', whom);
      expect(status).toBe(409);
      expect(json.error).toMatchObject({
        code: 'irrevocable',
        message: expect.stringContaining('Apple never takes'),
      });
    }
    expect(await granted()).toBe(2);
  });

  it.each<Path>(['/api/apps', '/api/books'])(
    'that others assigned become ours where they are wanted (%s)',
    async (path) => {
      const { assetId, post, granted } = await assigned(path, 0);
      const { db } = http.context;
      const [holder] = await db
        .selectFrom('library.holder')
        .select('id')
        .where('personId', '=', people[0] ?? '')
        .execute();
      await db
        .insertInto('library.license')
        .values({ assetId, holderId: holder?.id ?? 0, present: true, changed: 1 })
        .execute();
      await db
        .updateTable('library.asset')
        .set({ total: 1, assigned: 1, foreignPeople: 0, readAt: new Date() })
        .where('id', '=', assetId)
        .execute();
      await leaveNote(db, 'grants', 'stock', String(assetId));
      expect(await granted()).toBe(0);
      expect((await post('adopt-licenses')).json).toEqual({ adopted: 1 });
      expect(await granted()).toBe(1);
      expect((await post('adopt-licenses')).json).toEqual({ adopted: 0 });
    },
  );
});
