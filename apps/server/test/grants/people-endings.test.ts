import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leaveNote } from '../../src/db/notes.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestPerson } from './support/person.ts';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

const policy = (onUnassign: 'keep' | 'reclaim'): { readonly settings: string } => ({
  settings: JSON.stringify({ onUnassign }),
});

describe('Uninstall of an app that a user license serves [brief 61]', () => {
  it.each(['keep', 'reclaim'] as const)(
    'removes it once the license is back, also where its assignment had the policy %s',
    async (onUnassign) => {
      const person = await TestPerson.with(test, `un${onUnassign}`, 1);
      await person.assign([0], policy(onUnassign));
      await person.unassign(0);
      await person.organization.assignAs(person.appId, {
        groupId: person.device(0).groupId,
        intent: 'uninstall',
        ...policy(onUnassign),
      });
      await person.decide();
      expect(await person.license()).toMatchObject({ wanted: false, granted: true });
      expect(await person.removed()).toEqual([]);
      await person.confirm();
      expect(await person.removed()).toEqual([0]);
    },
  );

  it('leaves it on another device, which the policy of the assignment speaks for', async () => {
    const person = await TestPerson.with(test, 'unother', 2);
    await person.assign([0, 1], policy('reclaim'));
    await person.unassign(0);
    await person.unassign(1);
    await person.organization.assignAs(person.appId, {
      groupId: person.device(0).groupId,
      intent: 'uninstall',
    });
    await person.decide();
    await person.confirm();
    expect(await person.removed()).toEqual([0]);
  });
});

describe('the policy of an assignment that a device leaves [brief 62]', () => {
  it('decides about the app there, whatever another assignment of its person says', async () => {
    const person = await TestPerson.with(test, 'policies', 3);
    await person.assign([0], { priority: 10 });
    await person.assign([1], policy('keep'));
    await person.assign([2]);
    await person.unassign(1);
    await person.unassign(2);
    await person.decide();
    expect(await person.served()).toEqual([0]);
    expect(await person.removed()).toEqual([2]);
  });

  it('follows a change of it, and decides when the license goes back, too', async () => {
    const person = await TestPerson.with(test, 'changed', 2);
    await person.assign([0], { priority: 10 });
    await person.assign([1]);
    await person.unassign(1);
    await person.assign([1], policy('reclaim'));
    await person.unassign(0);
    await person.unassign(1);
    await person.decide();
    expect(await person.license()).toMatchObject({ wanted: false, granted: true });
    await person.confirm();
    expect(await person.removed()).toEqual([0]);
  });
});

it('a device that can no longer use the app keeps it, also where its person keeps the license for another', async () => {
  const person = await TestPerson.with(test, 'unfit', 2);
  await person.assign([0, 1]);
  const { db } = test.context;
  const { deviceId } = person.device(1);
  // Under User Enrollment a user license needs a Managed Apple Account.
  await db
    .updateTable('devices.device')
    .set({ userEnrollment: true })
    .where('id', '=', deviceId)
    .execute();
  await leaveNote(db, 'grants', 'device', deviceId);
  await person.decide();
  expect(await person.license()).toMatchObject({ wanted: true, granted: true });
  expect(await person.served()).toEqual([0]);
  expect(await person.removed()).toEqual([]);
});

describe('why a user license ends [brief 62] [L 30]', () => {
  const dayMs = 24 * 60 * 60_000;
  const inAWeek = (): Date => new Date(test.clock.now().getTime() + 7 * dayMs - 60_000);

  it('is how its device left, also where the person uses another that cannot use the app', async () => {
    const person = await TestPerson.with(test, 'mac', 2);
    await test.context.db
      .updateTable('devices.device')
      .set({ family: 'Mac' })
      .where('id', '=', person.device(1).deviceId)
      .execute();
    await person.assign([0, 1]);
    expect(await person.served()).toEqual([0]);
    await person.leaves(0, 'wiped');
    const license = await person.license();
    expect(license).toMatchObject({ wanted: true, endReason: 'deviceWiped' });
    expect(license?.endsAt?.getTime()).toBeGreaterThan(inAWeek().getTime());
  });

  it('is how its device left, also where the person uses another that nothing reaches', async () => {
    const person = await TestPerson.with(test, 'second', 2);
    await person.assign([0]);
    await person.leaves(0, 'retired');
    const license = await person.license();
    expect(license).toMatchObject({ wanted: true, endReason: 'deviceRetired' });
    expect(license?.endsAt?.getTime()).toBeGreaterThan(inAWeek().getTime());
  });

  it('is not that another device of the person wants a license of its own', async () => {
    const person = await TestPerson.with(test, 'own', 2);
    await person.assign([0], policy('keep'));
    await person.assign([1], { licenseType: 'device' });
    await person.unassign(0);
    await person.decide();
    expect(await person.license()).toMatchObject({ wanted: true, kept: true });
  });

  it('is not that Uninstall reaches another device of the person', async () => {
    const person = await TestPerson.with(test, 'uninst', 2);
    await person.assign([0], policy('keep'));
    await person.assign([1], { intent: 'uninstall' });
    await person.unassign(0);
    await person.decide();
    expect(await person.license()).toMatchObject({ wanted: true, kept: true });
    expect(await person.removed()).toEqual([1]);
  });
});
