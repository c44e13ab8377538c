import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestTitle, withdrawRequest } from '../../src/grants/index.ts';
import { actor } from '../devices/support/mdm.ts';
import { type TestContext, openTestContext } from '../support/context.ts';
import { TestPerson } from './support/person.ts';

type Assigned = NonNullable<Parameters<TestPerson['assign']>[1]>;

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

const byDevice = { licenseType: 'device' } as const;
const keeps = { settings: JSON.stringify({ onUnassign: 'keep' }) };

/** The app is assigned to the device in another way from now on: Available, unless said otherwise. */
async function becomes(person: TestPerson, index: number, assigned: Assigned = {}): Promise<void> {
  await person.unassign(index);
  await person.assign([index], { intent: 'available', ...assigned });
}

/** The devices that have, or are to have, a license of their own. */
async function withOwn(person: TestPerson): Promise<readonly string[]> {
  const line = await person.organization.line(person.assetId);
  return line.filter((row) => row.wanted).map((row) => row.serialNumber);
}

/** The user of a device asks for the app there, or gives it up again. */
async function asks(person: TestPerson, index: number): Promise<void> {
  await requestTitle(test.context, wish(person, index), actor);
  await person.decide();
  await person.confirm();
}

async function givesUp(person: TestPerson, index: number): Promise<void> {
  await withdrawRequest(test.context, wish(person, index), actor);
  await person.decide();
  await person.confirm();
}

const wish = (person: TestPerson, index: number) => ({
  appId: person.appId,
  deviceId: person.device(index).deviceId,
  personId: null,
});

describe('an app that was Required and is Available now [L 42]', () => {
  it('stays with the license of the device, until nothing offers it any more', async () => {
    const person = await TestPerson.with(test, 'ofdevice', 2);
    await person.assign([0, 1], byDevice);
    await becomes(person, 0, byDevice);
    await person.unassign(1);
    await person.decide();
    await person.confirm();
    expect(await withOwn(person)).toEqual(['OFDEVICE000']);
    expect(await person.removed()).toEqual([1]);
    await person.unassign(0);
    await person.decide();
    await person.confirm();
    expect(await withOwn(person)).toEqual([]);
    expect(await person.removed()).toEqual([0, 1]);
  });

  it('stays with the license of the person', async () => {
    const person = await TestPerson.with(test, 'ofperson', 1);
    await person.assign([0]);
    const before = await person.license();
    await becomes(person, 0);
    expect(await person.license()).toEqual({ ...before, kept: true });
    expect(before).toMatchObject({ wanted: true, granted: true, kept: false });
    expect(await person.served()).toEqual([0]);
    expect(await person.removed()).toEqual([]);
  });

  it('stays on one device of a person while it is Required on another, and goes from a third', async () => {
    const person = await TestPerson.with(test, 'onone', 3);
    await person.assign([0, 1, 2]);
    await becomes(person, 0);
    await person.unassign(1);
    await person.decide();
    expect(await person.license()).toMatchObject({ wanted: true, kept: false });
    expect(await person.served()).toEqual([0, 2]);
    expect(await person.keptOn()).toEqual([0]);
    expect(await person.removed()).toEqual([1]);
    await asks(person, 0);
    expect(await person.keptOn()).toEqual([]);
  });

  it.each([
    ['unassigned', undefined, [1]],
    ['Uninstall', { intent: 'uninstall' }, [1]],
    ['excluded', { target: 'exclusionGroup' }, [1]],
  ] as const)(
    'stays on one device of a person while another is %s',
    async (what, assigned, removed) => {
      const person = await TestPerson.with(test, `other${what}`, 2);
      await person.assign([0, 1]);
      await person.unassign(1);
      await person.unassign(0);
      if (assigned !== undefined)
        await person.organization.assignAs(person.appId, {
          groupId: person.device(1).groupId,
          ...assigned,
        });
      await person.assign([0], { intent: 'available' });
      expect(await person.license()).toMatchObject({ wanted: true, kept: true });
      expect(await person.served()).toEqual([0]);
      expect(await person.removed()).toEqual(removed);
    },
  );

  it('is given up on one device alone, whatever was asked for on another [L 23]', async () => {
    const person = await TestPerson.with(test, 'alone', 3);
    await person.assign([0, 1, 2], { intent: 'available' });
    await asks(person, 0);
    await asks(person, 1);
    await person.unassign(2);
    await person.assign([2]);
    await becomes(person, 2);
    expect(await person.served()).toEqual([0, 1, 2]);
    await givesUp(person, 0);
    expect(await person.served()).toEqual([1, 2]);
    expect(await person.removed()).toEqual([0]);
    await givesUp(person, 1);
    expect(await person.served()).toEqual([2]);
    expect(await person.license()).toMatchObject({ wanted: true, kept: true });
    expect(await person.removed()).toEqual([0, 1]);
  });

  it('takes back what Apple was never asked for [L 23]', async () => {
    const person = await TestPerson.with(test, 'unsent', 1);
    await person.organization.assignAs(person.appId, { groupId: person.device(0).groupId });
    await person.decide();
    expect(await withOwn(person)).toHaveLength(1);
    await becomes(person, 0, byDevice);
    expect(await withOwn(person)).toEqual([]);
  });

  it('leaves what the policy of another assignment keeps as that says', async () => {
    const person = await TestPerson.with(test, 'policies', 1);
    await person.assign([0], { ...byDevice, ...keeps, intent: 'available' });
    await asks(person, 0);
    await givesUp(person, 0);
    await becomes(person, 0, byDevice);
    await becomes(person, 0, byDevice);
    expect(await withOwn(person)).toHaveLength(1);
  });

  it('stays with the license that there is where Available means one of the other type', async () => {
    const person = await TestPerson.with(test, 'othertype', 1);
    await person.assign([0]);
    await becomes(person, 0, byDevice);
    expect(await person.license()).toMatchObject({ wanted: true, granted: true });
    expect(await person.served()).toEqual([0]);
    expect(await withOwn(person)).toHaveLength(1);
  });

  it.each([
    ['keep', 'keeps it, too', keeps, [true, []]],
    ['nothing', 'gives it back', {}, [false, [0]]],
  ] as const)(
    'ends by what the assignment that offers it says: with %s it %s',
    async (policy, _outcome, settings, [wanted, removed]) => {
      const person = await TestPerson.with(test, `policy${policy}`, 1);
      await person.assign([0], policy === 'keep' ? {} : keeps);
      await becomes(person, 0, settings);
      await person.unassign(0);
      await person.decide();
      await person.confirm();
      expect((await person.license())?.wanted ?? false).toBe(wanted);
      expect(await person.removed()).toEqual(removed);
    },
  );

  it('takes no license where none was there, and gives up the place in line', async () => {
    const person = await TestPerson.with(test, 'waiting', 2, 1);
    await person.assign([0], byDevice);
    await person.assign([1], byDevice);
    await becomes(person, 1, byDevice);
    expect(await withOwn(person)).toEqual(['WAITING0000']);
  });

  it('is its person’s to ask for and to give up: then Available alone keeps nothing [L 23]', async () => {
    const person = await TestPerson.with(test, 'gaveup', 1);
    await person.assign([0], byDevice);
    await becomes(person, 0, byDevice);
    await asks(person, 0);
    expect(await withOwn(person)).toHaveLength(1);
    await givesUp(person, 0);
    expect(await withOwn(person)).toEqual([]);
    expect(await person.removed()).toEqual([0]);
  });

  it('keeps no license that was merely taken ahead [L 23]', async () => {
    const person = await TestPerson.with(test, 'ahead', 1);
    const ahead = { settings: JSON.stringify({ licensesAhead: true }) };
    await person.assign([0], { ...byDevice, intent: 'available', ...ahead });
    expect(await withOwn(person)).toHaveLength(1);
    await becomes(person, 0, byDevice);
    expect(await withOwn(person)).toEqual([]);
  });
});
