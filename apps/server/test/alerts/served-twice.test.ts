import { afterAll, beforeAll, expect, it } from 'vitest';
import { listAlerts } from '../../src/alerts/index.ts';
import { alertsWorkers } from '../../src/alerts/workers.ts';
import { whatIf } from '../../src/status/index.ts';
import { openTestContext, type TestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

const actor = { kind: 'cli', name: 'test' } as const;
let test: TestContext;
let organization: TestOrganization;

beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
});
afterAll(async () => test[Symbol.asyncDispose]());

async function place(uid: string) {
  return { uid, ...(await organization.location(uid)) };
}

async function alerts() {
  test.clock.advance(20 * 60_000);
  for (const worker of alertsWorkers(test.context)) await worker.run(test.context.signal);
  const { rows } = await listAlerts(test.context.db, { state: 'open', top: 100, skip: 0 });
  return rows.filter((row) => row.kind === 'servedTwice');
}

it('a title that serves a device by its own license and by its person’s of another location is pointed out, before and after [L 20]', async () => {
  const [north, south] = [await place('north'), await place('south')];
  const ofDevices = await organization.app(north, 5);
  const ofPeople = await organization.app(south, 5, { adamId: ofDevices.adamId });
  const alone = await organization.app(south, 5);
  const personId = await organization.person('ann');
  const { directoryId } = await organization.device('TWICE00001', { personId });
  const groupId = await organization.group();
  await organization.join(groupId, { deviceId: directoryId });
  await organization.assign(ofDevices.appId, groupId);
  await organization.decide();

  const warned = async (appId: string): Promise<readonly string[]> => {
    const wish = {
      intent: 'required',
      licenseType: 'user',
      target: { kind: 'group', groupId },
    } as const;
    const answer = await whatIf(test.context, appId, [wish], actor, test.context.signal);
    return answer.warnings.map((warning) => warning.code);
  };
  expect(await warned(ofPeople.appId)).toEqual(['servedTwice']);
  expect(await warned(alone.appId)).toEqual([]);
  expect(await alerts()).toEqual([]);

  await organization.assignAs(ofPeople.appId, { groupId, licenseType: 'user' });
  await organization.assignAs(alone.appId, { groupId, licenseType: 'user' });
  await organization.decide();
  expect(await alerts()).toMatchObject([
    {
      subjectId: ofDevices.appId,
      subjectName: `App ${ofDevices.adamId}`,
      message: expect.stringContaining(
        'device license (north) and by a license of the person (south)',
      ),
    },
  ]);

  await organization.unassign(ofPeople.appId, groupId);
  await organization.decide();
  expect(await alerts()).toEqual([]);
});
