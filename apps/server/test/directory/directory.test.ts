import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeNotes } from '../../src/db/notes.ts';
import { newPortion } from '../../src/db/portions.ts';
import {
  addMembers,
  createGroup,
  createPerson,
  deleteGroup,
  deletePerson,
  ensureDevices,
  getGroup,
  getPerson,
  membersOf,
  removeMember,
  updatePerson,
} from '../../src/directory/index.ts';
import { openTestContext, type TestContext } from '../support/context.ts';

const actor = { kind: 'administrator', name: 'Ann', reason: 'because' } as const;
let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

const person = async (name: string) =>
  createPerson(
    test.context,
    { userPrincipalName: `${name}@example.org`, displayName: name },
    actor,
  );
const group = async (displayName: string) => createGroup(test.context, { displayName }, actor);
const notes = async () =>
  test.context.db
    .transaction()
    .execute(async (trx) => takeNotes(trx, 'grants', newPortion(1_000, test.context.clock.now())));

const ensure = async (serials: string[]) =>
  test.context.db
    .transaction()
    .execute(async (trx) => ensureDevices(trx, serials, test.context.clock.now()));

describe('people', () => {
  it('are found by id and by name in any case, and each write is in the audit with its reason', async () => {
    const ann = await person('ann');
    expect(await getPerson(test.context.db, 'ANN@example.org')).toEqual(ann);
    await updatePerson(test.context, ann.id, { department: 'Sales' }, actor);
    expect(await getPerson(test.context.db, ann.id)).toMatchObject({ department: 'Sales' });
    const entries = await test.context.db
      .selectFrom('audit.entry')
      .select(['action', 'actorName', 'reason', 'targetName'])
      .where('targetId', '=', ann.id)
      .orderBy('id')
      .execute();
    expect(entries).toEqual([
      { action: 'createUser', actorName: 'Ann', reason: 'because', targetName: 'ann@example.org' },
      { action: 'updateUser', actorName: 'Ann', reason: 'because', targetName: 'ann@example.org' },
    ]);
  });

  it('have names of their own', async () => {
    const bo = await person('bo');
    await expect(person('BO')).rejects.toMatchObject({
      kind: 'conflict',
      field: 'userPrincipalName',
    });
    await person('cy');
    const taken = updatePerson(test.context, bo.id, { userPrincipalName: 'cy@example.org' }, actor);
    await expect(taken).rejects.toMatchObject({ code: 'userPrincipalNameTaken' });
    await expect(person('with space')).rejects.toMatchObject({ code: 'badUserPrincipalName' });
  });

  it('leave, tell grants, and free their name', async () => {
    const dee = await person('dee');
    await notes();
    await deletePerson(test.context, dee.id, actor);
    expect(await notes()).toEqual([{ kind: 'person', key: dee.id }]);
    await expect(getPerson(test.context.db, dee.id)).rejects.toMatchObject({
      code: 'userNotFound',
    });
    expect((await person('dee')).id).not.toBe(dee.id);
  });
});

describe('devices', () => {
  it('are known once, by their serial number in upper case', async () => {
    const first = await ensure(['c02xyz000001', 'C02XYZ000001', 'C02XYZ000002']);
    expect([...first.keys()]).toEqual(['C02XYZ000001', 'C02XYZ000002']);
    expect((await ensure(['C02XYZ000002', 'C02XYZ000003'])).has('C02XYZ000003')).toBe(true);
    expect((await ensure(['C02XYZ000002'])).get('C02XYZ000002')).toBe(first.get('C02XYZ000002'));
  });
});

describe('groups', () => {
  it('hold people, devices and groups, each once, through any nesting', async () => {
    const [outer, middle, inner] = [
      await group('outer'),
      await group('middle'),
      await group('inner'),
    ];
    const [eve, fay] = [await person('eve'), await person('fay')];
    await addMembers(test.context, outer.id, [middle.id, eve.id], actor);
    await addMembers(test.context, middle.id, [inner.id, eve.id], actor);
    // A ring does not trouble anybody.
    await addMembers(test.context, inner.id, [outer.id, fay.id], actor);
    expect(await membersOf(test.context.db, outer.id, 'direct')).toHaveLength(2);
    const all = await membersOf(test.context.db, outer.id, 'transitive');
    expect(
      all
        .filter((member) => member.kind === 'user')
        .map((member) => member.id)
        .sort(),
    ).toEqual([eve.id, fay.id].sort());
    await deletePerson(test.context, fay.id, actor);
    await deleteGroup(test.context, inner.id, actor);
    expect(
      (await membersOf(test.context.db, outer.id, 'transitive')).map((member) => member.id).sort(),
    ).toEqual([eve.id, middle.id].sort());
  });

  it('tell grants of every change, and of nothing when nothing changed', async () => {
    const team = await group('team');
    const gil = await person('gil');
    await notes();
    expect(await addMembers(test.context, team.id, [gil.id], actor)).toBe(1);
    expect(await addMembers(test.context, team.id, [gil.id.toUpperCase()], actor)).toBe(0);
    await removeMember(test.context, team.id, gil.id, actor);
    await deleteGroup(test.context, team.id, actor);
    expect(await notes()).toEqual([
      { kind: 'memberPerson', key: `${team.id}:${gil.id}` },
      { kind: 'memberPerson', key: `${team.id}:${gil.id}` },
      { kind: 'group', key: team.id },
    ]);
    await expect(getGroup(test.context.db, team.id)).rejects.toMatchObject({
      code: 'groupNotFound',
    });
  });

  it('refuse strangers and themselves', async () => {
    const club = await group('club');
    const stranger = '00000000-0000-4000-8000-000000000000';
    await expect(addMembers(test.context, club.id, [stranger], actor)).rejects.toThrow(stranger);
    await expect(addMembers(test.context, club.id, [club.id], actor)).rejects.toMatchObject({
      code: 'groupInItself',
    });
    await expect(removeMember(test.context, club.id, stranger, actor)).rejects.toMatchObject({
      kind: 'notFound',
    });
    await expect(group(' ')).rejects.toMatchObject({ field: 'displayName' });
  });
});
