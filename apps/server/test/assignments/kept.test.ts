import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type AssignmentInput,
  listAssignments,
  replaceAssignments,
} from '../../src/assignments/index.ts';
import { deleteGroup } from '../../src/directory/index.ts';
import { openTestContext, type TestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

const actor = { kind: 'administrator', name: 'Ann' } as const;
let test: TestContext;
let organization: TestOrganization;
let location: { uid: string; tokenId: string };
let appId: string;
beforeAll(async () => {
  test = await openTestContext();
  organization = new TestOrganization(test.context);
  location = { uid: 'L1', ...(await organization.location('L1')) };
});
afterAll(async () => test[Symbol.asyncDispose]());
beforeEach(async () => {
  ({ appId } = await organization.app(location, 10));
});

const required = (groupId: string) =>
  ({ intent: 'required', target: { kind: 'group', groupId } }) as const;
const replace = async (...wanted: AssignmentInput[]) =>
  replaceAssignments(test.context, appId, wanted, actor);
const assigned = async () => listAssignments(test.context.db, [appId]);

describe('what is there when assignments are saved', () => {
  it('lets what a deleted group has stay, beside what else is saved', async () => {
    const [gone, other] = [await organization.group(), await organization.group()];
    await replace({ ...required(gone), priority: 3 });
    const [before] = await assigned();
    await deleteGroup(test.context, gone, actor);
    await replace(required(gone), required(other));
    expect(await assigned()).toMatchObject([
      { id: before?.id, groupDeleted: true, priority: 3 },
      { groupId: other, groupDeleted: false },
    ]);
    const excluded = { kind: 'exclusionGroup', groupId: gone } as const;
    await expect(replace({ ...required(gone), target: excluded })).rejects.toMatchObject({
      code: 'groupNotFound',
    });
    const second = await organization.app(location, 5);
    await expect(
      replaceAssignments(test.context, second.appId, [required(gone)], actor),
    ).rejects.toMatchObject({ code: 'groupNotFound' });
    await replace(required(other));
    await expect(replace(required(gone))).rejects.toMatchObject({ code: 'groupNotFound' });
  });

  it('keeps what it leaves out, and takes the default where it says null [L 37] [brief 62]', async () => {
    const group = await organization.group();
    const { intent, target } = required(group);
    const settings = {
      onUnassign: 'keep',
      isRemovable: true,
      vpnConfigurationId: 'vpn',
      configuration: { server: 'a', list: [1, { deep: true }] },
    };
    await replace({ intent, target, licenseType: 'user', priority: 7, settings });
    await replace({ intent, target });
    const saved = { licenseType: 'user', priority: 7, settings };
    expect(await assigned()).toMatchObject([saved]);
    await replace({ intent, target, settings: { vpnConfigurationId: null, configuration: {} } });
    expect((await assigned())[0]?.settings).toEqual({
      onUnassign: 'keep',
      isRemovable: true,
      configuration: {},
    });
    await replace({ intent: 'uninstall', target, licenseType: 'device', priority: 0 });
    expect(await assigned()).toMatchObject([{ licenseType: 'device', priority: 0 }]);
    expect((await assigned())[0]?.settings).toEqual({ onUnassign: 'keep', configuration: {} });
    await expect(
      replace({ intent, target, settings: { constructor: null } }),
    ).rejects.toMatchObject({ code: 'badSetting', field: 'settings/constructor' });
    await replace();
    await replace({ intent, target });
    expect(await assigned()).toMatchObject([{ licenseType: 'device', priority: 0, settings: {} }]);
  });
});
