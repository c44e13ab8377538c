import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { StagePeople } from '../associations/support/people.ts';
import { FleetStage } from '../support/fleet-stage.ts';
import { notability, pages } from '../support/stage.ts';

const soon = { timeout: 60_000, interval: 50 };
let stage: FleetStage;

beforeAll(async () => {
  stage = await FleetStage.open();
});
afterAll(async () => stage[Symbol.asyncDispose]());

async function assignedAtApple(adamId: string, count: number): Promise<void> {
  await vi.waitFor(
    async () => expect(await stage.asset(adamId)).toMatchObject({ assigned: count }),
    soon,
  );
}

it('[brief 62] an assignment that is taken away gives the license back, and the app goes', async () => {
  const serialNumber = await stage.device();
  await stage.want(notability, [serialNumber]);
  await stage.stands(serialNumber, notability, 'installed');
  await assignedAtApple(notability, 1);
  const bundleIds = async (): Promise<readonly string[]> =>
    (await stage.simulated(serialNumber)).apps
      .filter((one) => one.installed)
      .map((one) => one.bundleId);
  expect(await bundleIds()).toHaveLength(1);
  const { id } = await stage.app(notability);
  await stage.harness.api.post(`/beta/deviceAppManagement/mobileApps/${id}/assign`, {
    mobileAppAssignments: [],
  });
  await stage.comes(3_000, bundleIds, []);
  await assignedAtApple(notability, 0);
  expect(await stage.app(notability)).toMatchObject({ held: 0, changing: 0, waiting: 0 });
});

it('[brief 63] somebody who leaves gives all their user licenses back, and nobody else’s', async () => {
  const { api } = stage.harness;
  const people = new StagePeople(stage);
  const { groupId, personIds } = await people.group(2);
  for (const adamId of [notability, pages]) {
    await people.assign(adamId, groupId);
    await stage.held(adamId, 2);
    await assignedAtApple(adamId, 2);
  }
  const [leaver = ''] = personIds;
  await api.delete(`/v1.0/groups/${groupId}/members/${leaver}/$ref`);
  await api.delete(`/v1.0/users/${leaver}`);
  for (const adamId of [notability, pages]) {
    expect(await stage.heldLater(adamId, 1, 1_000)).toMatchObject({ waiting: 0 });
    await assignedAtApple(adamId, 1);
  }
});
