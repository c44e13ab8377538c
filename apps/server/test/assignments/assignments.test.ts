import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type AssignmentInput,
  createAssignment,
  deleteAssignment,
  listAssignments,
  replaceAssignments,
} from '../../src/assignments/index.ts';
import { takeNotes } from '../../src/db/notes.ts';
import { newPortion } from '../../src/db/portions.ts';
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
  await notes();
});

const required = (groupId: string): AssignmentInput => ({
  intent: 'required',
  licenseType: 'device',
  target: { kind: 'group', groupId },
});
const replace = async (...wanted: AssignmentInput[]) =>
  replaceAssignments(test.context, appId, wanted, actor);
const assigned = async () => listAssignments(test.context.db, [appId]);
const notes = async () =>
  test.context.db
    .transaction()
    .execute(async (trx) => takeNotes(trx, 'grants', newPortion(1_000, test.context.clock.now())));

describe('saving the assignments of an app', () => {
  it('replaces them all, keeps those that stay, and tells grants', async () => {
    const [one, two, three] = [
      await organization.group('one'),
      await organization.group(),
      await organization.group(),
    ];
    await replace(required(one), required(two));
    const before = await assigned();
    await replace(required(two), required(three));
    const after = await assigned();
    expect(after.map((row) => row.groupId)).toEqual([two, three]);
    expect(after[0]?.id).toBe(before[1]?.id);
    await replace();
    expect(await assigned()).toEqual([]);
    expect(await notes()).toEqual(Array.from({ length: 3 }, () => ({ kind: 'app', key: appId })));
  });

  it.each<[string, (groupId: string) => AssignmentInput, { code: string; field: string }]>([
    [
      'Available without enrollment',
      (id) => ({ ...required(id), intent: 'availableWithoutEnrollment' }),
      { code: 'intentNotOffered', field: 'intent' },
    ],
    [
      'a group for all devices',
      (id) => ({ ...required(id), target: { kind: 'allDevices', groupId: id } }),
      { code: 'groupNotExpected', field: 'target/groupId' },
    ],
    [
      'a priority beyond the scale',
      (id) => ({ ...required(id), priority: 1_001 }),
      { code: 'badPriority', field: 'priority' },
    ],
    [
      'an unknown setting',
      (id) => ({ ...required(id), settings: { color: 'red' } }),
      { code: 'badSetting', field: 'settings/color' },
    ],
    [
      'a setting with a wrong value',
      (id) => ({ ...required(id), settings: { isRemovable: 'yes' } }),
      { code: 'badSetting', field: 'settings/isRemovable' },
    ],
    [
      'a removable app that is not required [L 37]',
      (id) => ({ ...required(id), intent: 'uninstall', settings: { isRemovable: true } }),
      { code: 'badSetting', field: 'settings/isRemovable' },
    ],
    [
      'Available for all devices [L 36]',
      () => ({ intent: 'available', licenseType: 'device', target: { kind: 'allDevices' } }),
      { code: 'availableToDevices', field: 'target' },
    ],
    [
      'an unknown group',
      () => required('00000000-0000-4000-8000-000000000000'),
      { code: 'groupNotFound', field: 'target/groupId' },
    ],
    [
      'no group id at all',
      () => required("x' or true --"),
      { code: 'groupNotFound', field: 'target/groupId' },
    ],
  ])('refuses %s as a whole, naming the field', async (_what, wish, problem) => {
    const group = await organization.group();
    await replace(required(group));
    await expect(replace(required(group), wish(await organization.group()))).rejects.toMatchObject(
      problem,
    );
    expect((await assigned()).map((row) => row.groupId)).toEqual([group]);
  });

  it('refuses a deleted group, naming its id, and a group named twice', async () => {
    const group = await organization.group();
    await expect(replace(required(group), required(group.toUpperCase()))).rejects.toMatchObject({
      code: 'duplicateTarget',
    });
    await deleteGroup(test.context, group, actor);
    await expect(replace(required(group))).rejects.toThrow(`There is no group ${group}`);
  });

  it('gives every target its own intent, license type, settings and place [brief 4] [brief 44]', async () => {
    const [people, excluded] = [await organization.group(), await organization.group()];
    await organization.join(people, { personId: await organization.person('bo') });
    await replace(
      {
        intent: 'available',
        licenseType: 'user',
        target: { kind: 'group', groupId: people },
        settings: { licensesAhead: true, preventManagedAppBackup: true },
        priority: 5,
      },
      { intent: 'required', licenseType: 'device', target: { kind: 'allDevices' } },
      { intent: 'uninstall', licenseType: 'device', target: { kind: 'allUsers' } },
      { ...required(excluded), target: { kind: 'exclusionGroup', groupId: excluded } },
    );
    expect(await assigned()).toMatchObject([
      { target: 'group', intent: 'available', licenseType: 'user', priority: 5 },
      { target: 'allDevices', intent: 'required', licenseType: 'device', priority: 0 },
      { target: 'allUsers', intent: 'uninstall' },
      { target: 'exclusionGroup', groupId: excluded },
    ]);
    expect((await assigned())[0]?.settings).toEqual({
      licensesAhead: true,
      preventManagedAppBackup: true,
    });
    await expect(
      createAssignment(
        test.context,
        appId,
        { intent: 'required', licenseType: 'user', target: { kind: 'allUsers' } },
        actor,
      ),
    ).rejects.toMatchObject({ code: 'assignmentExists' });
  });

  it('refuses Available for a group that has devices and no people [L 36]', async () => {
    const [outer, inner] = [await organization.group(), await organization.group()];
    await organization.join(outer, { childGroupId: inner });
    const { directoryId } = await organization.device('ASSI000001');
    await organization.join(inner, { deviceId: directoryId });
    await notes();
    await expect(replace({ ...required(outer), intent: 'available' })).rejects.toMatchObject({
      code: 'availableToDevices',
      field: 'target/groupId',
    });
    expect(await notes()).toEqual([]);
  });

  it('refuses a group that is both included and excluded [L 38]', async () => {
    const group = await organization.group();
    const excluded: AssignmentInput = {
      ...required(group),
      target: { kind: 'exclusionGroup', groupId: group },
    };
    await expect(replace(required(group), excluded)).rejects.toMatchObject({
      code: 'duplicateTarget',
    });
    await replace(required(group));
    await expect(createAssignment(test.context, appId, excluded, actor)).rejects.toMatchObject({
      code: 'assignmentExists',
    });
  });

  it('assigns a book to groups of people with user licenses, never to be removed [L 52]', async () => {
    const book = await organization.app(location, 10, { productType: 'Book' });
    const [people, devices] = [await organization.group(), await organization.group()];
    await organization.join(devices, {
      deviceId: (await organization.device('ASSI000002')).directoryId,
    });
    const wish: AssignmentInput = {
      intent: 'required',
      licenseType: 'user',
      target: { kind: 'group', groupId: people },
    };
    const refused = async (changed: Partial<AssignmentInput>) =>
      replaceAssignments(test.context, book.appId, [{ ...wish, ...changed }], actor);
    await expect(refused({ licenseType: 'device' })).rejects.toMatchObject({
      code: 'notDeviceAssignable',
    });
    await expect(refused({ intent: 'uninstall' })).rejects.toMatchObject({ code: 'booksStay' });
    await expect(refused({ target: { kind: 'allUsers' } })).rejects.toMatchObject({
      code: 'booksToGroupsOnly',
    });
    await expect(refused({ target: { kind: 'group', groupId: devices } })).rejects.toMatchObject({
      code: 'booksToPeopleOnly',
    });
    await replaceAssignments(test.context, book.appId, [wish], actor);
    expect(await listAssignments(test.context.db, [book.appId])).toHaveLength(1);
  });

  it('refuses a device license, and only that, where Apple does not license to devices [L 28]', async () => {
    await test.context.db
      .updateTable('library.asset')
      .set({ deviceAssignable: false })
      .where(
        'id',
        '=',
        (
          await test.context.db
            .selectFrom('library.app')
            .select('assetId')
            .where('id', '=', appId)
            .executeTakeFirstOrThrow()
        ).assetId,
      )
      .execute();
    await expect(replace(required(await organization.group()))).rejects.toMatchObject({
      code: 'notDeviceAssignable',
      field: 'settings/useDeviceLicensing',
    });
    await replace({ ...required(await organization.group()), licenseType: 'user' });
  });

  it('of two at once leaves one of the two', async () => {
    const [one, two] = [await organization.group(), await organization.group()];
    await Promise.all([replace(required(one)), replace(required(two)), replace(required(one))]);
    expect(await assigned()).toHaveLength(1);
  });

  it('of an app that is not there is refused', async () => {
    for (const id of ['00000000-0000-4000-8000-000000000000', 'x']) {
      await expect(replaceAssignments(test.context, id, [], actor)).rejects.toMatchObject({
        code: 'appNotFound',
      });
    }
  });
});

describe('single assignments', () => {
  it('are added once and taken away once', async () => {
    const group = await organization.group();
    const id = await createAssignment(test.context, appId, required(group), actor);
    await expect(createAssignment(test.context, appId, required(group), actor)).rejects.toThrow(
      /^The MobileApp Assignment already exist/,
    );
    await deleteAssignment(test.context, appId, id, actor);
    await expect(deleteAssignment(test.context, appId, id, actor)).rejects.toMatchObject({
      kind: 'notFound',
    });
    expect(await notes()).toHaveLength(2);
  });
});
