import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type AssignmentInput,
  createAssignment,
  deleteAssignment,
  listAssignments,
  replaceAssignments,
} from '../../src/assignments/index.ts';
import { takeNotes } from '../../src/db/notes.ts';
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
  test.context.db.transaction().execute(async (trx) => takeNotes(trx, 'grants'));

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
      'Available',
      (id) => ({ ...required(id), intent: 'available' }),
      { code: 'notYetSupported', field: 'intent' },
    ],
    [
      'user licensing',
      (id) => ({ ...required(id), licenseType: 'user' }),
      { code: 'notYetSupported', field: 'settings/useDeviceLicensing' },
    ],
    [
      'all devices',
      (id) => ({ ...required(id), target: { kind: 'allDevices' } }),
      { code: 'notYetSupported', field: 'target' },
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

  it('refuses an app that Apple does not license to devices', async () => {
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
    });
    await replace();
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
