import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createEnrollmentLink } from '../../src/devices/index.ts';
import { confirmImport, stageImport } from '../../src/directory/index.ts';
import { actor } from '../devices/support/mdm.ts';
import { FleetStage, type SimulatedDevice } from '../support/fleet-stage.ts';
import { notability, pages } from '../support/stage.ts';

const soon = { timeout: 60_000, interval: 50 };
const ahead = { settings: { licensesAhead: true } };
let stage: FleetStage;

beforeAll(async () => {
  stage = await FleetStage.open();
});
afterAll(async () => stage[Symbol.asyncDispose]());

/** Devices that nobody has enrolled yet, as Apple in a box made them. */
async function boxed(count: number): Promise<readonly string[]> {
  const traits = { family: 'iPhone', osVersion: '18.1', supervised: true, storeAccount: 'none' };
  const { devices } = await stage.harness.apple.post<{ devices: SimulatedDevice[] }>(
    '/_control/devices',
    { devices: Array.from({ length: count }, () => traits) },
  );
  return devices.map(({ serialNumber }) => serialNumber);
}

/** A group from a file of serial numbers. @returns its id */
async function imported(name: string, serialNumbers: readonly string[]): Promise<string> {
  const { context } = stage.harness;
  const csv = ['serialNumber,group', ...serialNumbers.map((one) => `${one},${name}`)].join('\n');
  const { id } = await stageImport(context, { kind: 'devices', csv }, actor);
  await confirmImport(context, id, actor);
  const group = await context.db
    .selectFrom('directory.group')
    .select('id')
    .where('displayName', '=', name)
    .executeTakeFirstOrThrow();
  return group.id;
}

async function expected(adamId: string) {
  const { id } = await stage.app(adamId);
  const { value } = await stage.harness.api.get<{
    value: { serialNumber: string; license: { state: string; position: number | null } }[];
  }>(`/api/apps/${id}/expected-devices`);
  return value.map(({ serialNumber, license }) => `${serialNumber} ${license.state}`);
}

it('devices of a file get licenses before they enroll where the assignment says so, and install at once when they do', async () => {
  const serials = await boxed(2);
  const [comes = '', stays = ''] = serials.toSorted();
  const groupId = await imported('Autumn', serials);
  await stage.wantFor(pages, groupId);
  await stage.wantFor(notability, groupId, ahead);
  await stage.held(notability, 2);
  await vi.waitFor(
    async () => expect(await expected(notability)).toEqual([`${comes} held`, `${stays} held`]),
    soon,
  );
  expect(await stage.asset(notability)).toMatchObject({ assigned: 2 });
  expect(await stage.app(pages)).toMatchObject({ held: 0, changing: 0, waiting: 0 });
  expect(await expected(pages)).toEqual([]);

  const { profileUrl } = await createEnrollmentLink(
    stage.harness.context,
    { ownership: 'company' },
    actor,
  );
  await stage.control(comes, 'enroll', { url: profileUrl });
  await stage.stands(comes, notability, 'installed');
  await stage.stands(comes, pages, 'installed');
  expect(await expected(notability)).toEqual([`${stays} held`]);
  expect(await stage.asset(notability)).toMatchObject({ assigned: 2, maximumAssigned: 2 });
  expect((await stage.counted())['repeatedPairs'] ?? 0).toBe(0);
});

it('one that joins the group later gets its license too, and one that leaves it gives it back after the grace period of deleted devices', async () => {
  const { api, context } = stage.harness;
  const [first = '', late = ''] = (await boxed(2)).toSorted();
  const groupId = await imported('Winter', [first]);
  await stage.wantFor(notability, groupId, ahead);
  await imported('Winter', [late]);
  const both = [`${first} held`, `${late} held`];
  await vi.waitFor(
    async () => expect(await expected(notability)).toEqual(expect.arrayContaining(both)),
    soon,
  );
  const { id } = await context.db
    .selectFrom('directory.device')
    .select('id')
    .where('serialNumber', '=', first)
    .executeTakeFirstOrThrow();
  await api.delete(`/v1.0/groups/${groupId}/members/${id}/$ref`);
  await vi.waitFor(async () => {
    const ending = await context.db
      .selectFrom('grants.demand')
      .select('endReason')
      .where('endsAt', 'is not', null)
      .where('holderId', 'in', (db) =>
        db.selectFrom('library.holder').select('id').where('key', '=', first),
      )
      .execute();
    expect(ending).toEqual([{ endReason: 'deviceDeleted' }]);
  }, soon);
  const weekMs = 7 * 24 * 60 * 60_000;
  await stage.passes(weekMs - 60_000);
  expect(await expected(notability)).toContain(`${first} held`);
  await stage.passes(60_000);
  await stage.comes(
    1_000,
    async () => (await expected(notability)).includes(`${first} held`),
    false,
  );
  expect(await expected(notability)).toContain(`${late} held`);
});
