import { afterAll, beforeAll, expect, it } from 'vitest';
import { setPrimaryUser } from '../../src/devices/index.ts';
import { actor } from '../devices/support/mdm.ts';
import { FleetStage } from '../support/fleet-stage.ts';
import { TestOrganization } from '../support/organization.ts';
import { notability, pages } from '../support/stage.ts';

const HOUR = 60 * 60_000;

let stage: FleetStage;

/** Somebody with a device, enrolled before time goes on: a device takes no identity that is made tomorrow. */
let deleter: { personId: string; serialNumber: string };

beforeAll(async () => {
  stage = await FleetStage.open();
  const personId = await new TestOrganization(stage.harness.context).person('deleter');
  deleter = { personId, serialNumber: await stage.device({}, { personId }) };
});
afterAll(async () => stage[Symbol.asyncDispose]());

it('[brief 45] Available waits until somebody asks for it, and is not pushed', async () => {
  const organization = new TestOrganization(stage.harness.context);
  const [personId, groupId] = [await organization.person('asker'), await organization.group()];
  await organization.join(groupId, { personId });
  const serialNumber = await stage.device({}, { personId });
  await stage.wantFor(pages, groupId, { intent: 'available' });
  const { id } = await stage.app(pages);
  await stage.passes(HOUR);
  expect(await stage.task(serialNumber, pages)).toBeUndefined();
  const { value } = await stage.harness.api.get<{ value: { id: string; serialNumber: string }[] }>(
    '/api/devices',
  );
  const deviceId = value.find((device) => device.serialNumber === serialNumber)?.id;
  expect(await stage.simulated(serialNumber)).toMatchObject({ apps: [] });
  await stage.harness.api.post(`/api/apps/${id}/requests`, { deviceId });
  await stage.stands(serialNumber, pages, 'installed');
});

it('[brief 47] goes by a user or by a device license, and by no other kind', async () => {
  const { id } = await stage.app(pages);
  const groupId = (
    await stage.harness.api.post<{ id: string }>('/v1.0/groups', { displayName: 'Kinds' })
  ).id;
  const licenseTypeOf = async (licenseType: string): Promise<unknown> => {
    await stage.wantFor(pages, groupId, { licenseType } as Parameters<FleetStage['wantFor']>[2]);
    const { assignments } = await stage.harness.api.get<{
      assignments: { licenseType: string }[];
    }>(`/api/apps/${id}`);
    return assignments[0]?.licenseType;
  };
  expect(await licenseTypeOf('device')).toBe('device');
  expect(await licenseTypeOf('user')).toBe('user');
  await expect(licenseTypeOf('family')).rejects.toThrow('licenseType');
  await stage.harness.api.put(`/api/apps/${id}/assignments`, { assignments: [] });
});

it('[brief 5] a device that gets an app consumes one license, which stays with it whoever uses it', async () => {
  const { context } = stage.harness;
  const organization = new TestOrganization(context);
  const [one, next] = [await organization.person('carrier'), await organization.person('heir')];
  const [serialNumber, other] = [
    await stage.device({}, { personId: one }),
    await stage.device({}, { personId: one }),
  ];
  const before = (await stage.app(notability)).available ?? 0;
  const seen = async (): Promise<object> => ({
    holders: await stage.holders(notability),
    free: (await stage.app(notability)).available,
  });
  const used = { holders: [serialNumber], free: before - 1 };
  await stage.want(notability, [serialNumber]);
  await stage.stands(serialNumber, notability, 'installed');
  expect(await seen()).toEqual(used);

  await setPrimaryUser(context, await stage.deviceId(serialNumber), next, actor);
  const open = async (): Promise<unknown[]> =>
    context.db.selectFrom('db.note').select('room').execute();
  await stage.comes(60_000, open, []);
  expect(await seen()).toEqual(used);
  expect(await stage.simulated(other)).toMatchObject({ apps: [] });

  await stage.want(notability, [serialNumber], { intent: 'uninstall' });
  await stage.comes(60_000, seen, { holders: [], free: before });
});

it('[brief 74] [brief 75] counts a license from the install on, keeps it when the person deletes the app, and frees it by an uninstall', async () => {
  const serialNumber = await stage.device();
  const free = async (): Promise<number | null> => (await stage.app(notability)).available;
  const before = (await free()) ?? 0;
  await stage.want(notability, [serialNumber]);
  await stage.stands(serialNumber, notability, 'installed');
  expect(await free()).toBe(before - 1);

  await stage.removeApp(serialNumber);
  await stage.stands(serialNumber, notability, 'failed', 'removedByPerson');
  expect(await free()).toBe(before - 1);
  expect(await stage.asset(notability)).toMatchObject({ assigned: 1 });
  await stage.stands(serialNumber, notability, 'installed', null, HOUR / 4);

  await stage.want(notability, [serialNumber], { intent: 'uninstall' });
  await stage.comes(60_000, free, before);
  await stage.stands(serialNumber, notability, 'removed');
  expect((await stage.simulated(serialNumber)).apps).toMatchObject([{ installed: false }]);
});

it('[brief 45] [brief 75] Available stays away when its person deletes it, until they ask for it again or it is Required', async () => {
  const organization = new TestOrganization(stage.harness.context);
  const groupId = await organization.group();
  const { personId, serialNumber } = deleter;
  await organization.join(groupId, { personId });
  await stage.wantFor(pages, groupId, { intent: 'available' });
  const { id } = await stage.app(pages);
  const { value } = await stage.harness.api.get<{ value: { id: string; serialNumber: string }[] }>(
    '/api/devices',
  );
  const deviceId = value.find((device) => device.serialNumber === serialNumber)?.id ?? '';
  const ask = async (): Promise<unknown> =>
    stage.harness.api.post(`/api/apps/${id}/requests`, { deviceId });
  const isThere = async (): Promise<boolean | undefined> =>
    (await stage.simulated(serialNumber)).apps[0]?.installed;
  await ask();
  await stage.stands(serialNumber, pages, 'installed');

  await stage.removeApp(serialNumber);
  await stage.stands(serialNumber, pages, 'removed', 'optionalRemoved');
  const { apps } = await stage.harness.api.get<{ apps: object[] }>(`/api/devices/${deviceId}`);
  expect(apps).toMatchObject([
    {
      license: { state: 'held' },
      installState: 'notInstalled',
      installStateDetail: 'managedAppNoLongerPresent',
      errorCode: 0x87d13b66 | 0,
      reason: { who: 'person' },
    },
  ]);
  await stage.harness.api.post(`/api/devices/${deviceId}/sync`, {});
  for (let hour = 0; hour < 26; hour += 1) await stage.passes(HOUR);
  await stage.stands(serialNumber, pages, 'removed', 'optionalRemoved', HOUR);
  expect(await isThere()).toBe(false);
  await ask();
  await stage.comes(3_000, isThere, true);
  await stage.stands(serialNumber, pages, 'installed');

  await stage.removeApp(serialNumber);
  await stage.stands(serialNumber, pages, 'removed', 'optionalRemoved');
  await stage.wantFor(pages, groupId, { intent: 'required' });
  await stage.comes(3_000, isThere, true);
});
