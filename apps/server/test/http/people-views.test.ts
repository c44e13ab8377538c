import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { StagePeople } from '../associations/support/people.ts';
import { Stage, notability } from '../support/stage.ts';

let stage: Stage;
let personIds: string[];
const soon = { timeout: 60_000, interval: 50 };

interface Person {
  readonly id: string;
  readonly devices: number;
  readonly licenses: number;
  readonly atApple: string | null;
}

beforeAll(async () => {
  stage = await Stage.open();
  const people = new StagePeople(stage);
  const group = await people.group(2);
  ({ personIds } = group);
  await people.organization.person('nobody');
  await people.assign(notability, group.groupId);
  await stage.held(notability, 2);
});
afterAll(async () => stage[Symbol.asyncDispose]());

const list = async (query = ''): Promise<{ count: number; value: readonly Person[] }> =>
  stage.harness.api.get(`/api/people${query}`);

describe('people in the API', () => {
  it('are listed with their devices, licenses and how far Apple is with them', async () => {
    const { count, value } = await list();
    expect(count).toBe(3);
    const licensed = value.filter(({ id }) => personIds.includes(id));
    expect(licensed).toHaveLength(2);
    for (const person of licensed)
      expect(person).toMatchObject({ devices: 1, licenses: 1, waiting: 0, atApple: 'registered' });
    expect(value.find(({ id }) => !personIds.includes(id))).toMatchObject({
      devices: 0,
      licenses: 0,
      atApple: null,
    });
  });

  it('are searched and read in pages', async () => {
    expect((await list('?search=NOBODY')).value).toHaveLength(1);
    expect((await list('?search=%25')).count).toBe(0);
    const page = await list('?top=1&skip=1');
    expect([page.count, page.value.length]).toEqual([3, 1]);
  });

  it('are shown with each license, also one that was taken back by hand', async () => {
    const [id = ''] = personIds;
    const read = async (): Promise<object> => stage.harness.api.get(`/api/people/${id}`);
    expect(await read()).toMatchObject({
      id,
      devices: [{ managementState: 'managed' }],
      licenses: [{ platform: 'ios', license: { state: 'held', position: null }, hold: null }],
    });
    const reason = 'moved to another school';
    await stage.harness.api.post(`/api/people/${id}/revoke-licenses`, { reason });
    await vi.waitFor(async () => {
      expect(await read()).toMatchObject({
        licenses: [{ license: { state: 'none' }, hold: { reason } }],
      });
    }, soon);
  });

  it('that are not there are told', async () => {
    await expect(stage.harness.api.get('/api/people/nobody-here')).rejects.toThrow(/no user/);
  });
});
