import { expect, it } from 'vitest';
import { readInvitations } from '../../src/delivery/index.ts';
import { openMdm } from '../devices/support/mdm.ts';
import { InvitedPerson } from './support/invited.ts';
import { DAY, MINUTE } from './support/events.ts';

const HOUR = 60 * MINUTE;

const shows = () => ({ status: 'Acknowledged', result: { InvitationResult: 'Acknowledged' } });

it.each([
  ['InvalidInvitationURL', 'Apple'],
  ['InvalidProgramID', 'administrator'],
  ['SomethingNew', 'administrator'],
])(
  'an invitation that the device answers with %s is not shown, and told anew',
  async (InvitationResult, who) => {
    await using mdm = await openMdm();
    const invited = await InvitedPerson.open(mdm);
    const refuses = () => ({ status: 'Acknowledged', result: { InvitationResult } });
    const told = await invited.session(refuses);
    expect(told).toMatchObject([
      { command: { InvitationURL: expect.stringContaining('=code1&') } },
    ]);
    const [refused] = await readInvitations(mdm.context.db, invited.personId);
    expect(refused).toMatchObject({ shownAt: null, tries: 1, refusal: { who } });
    expect(await invited.session()).toEqual([]);
    mdm.clock.advance(HOUR + MINUTE);
    expect(await invited.session(shows)).toHaveLength(1);
    const [shown] = await readInvitations(mdm.context.db, invited.personId);
    expect(shown).toMatchObject({ shownAt: expect.any(Date), tries: 2, refusal: null });
    expect(shown?.nextAt?.getTime()).toBeGreaterThan(mdm.clock.now().getTime() + 3 * DAY - HOUR);
  },
);

it('an invitation that no device can show is told five times in all', async () => {
  await using mdm = await openMdm();
  const invited = await InvitedPerson.open(mdm);
  let told = 0;
  for (let days = 0; days < 30; days += 1) {
    told += (await invited.session(() => ({ status: 'Error' }))).length;
    mdm.clock.advance(DAY);
  }
  expect(told).toBe(5);
  expect(await readInvitations(mdm.context.db, invited.personId)).toMatchObject([
    { shownAt: null, nextAt: null, refusal: { cause: expect.stringContaining('not show') } },
  ]);
});

it('an iPod touch is asked like an iPhone, and gets its books', async () => {
  await using mdm = await openMdm();
  const invited = await InvitedPerson.open(mdm, 'Book', 'iPod');
  expect(await invited.session()).toMatchObject([{ requestType: 'InviteToProgram' }]);
  await invited.accept();
  expect(await invited.session()).toMatchObject([{ requestType: 'InstallMedia' }]);
});

it('whose invitation becomes known after the license is invited then', async () => {
  await using mdm = await openMdm();
  const invited = await InvitedPerson.open(mdm);
  await mdm.context.db.deleteFrom('delivery.invitation').execute();
  await mdm.context.db.updateTable('associations.appleUser').set({ inviteCode: null }).execute();
  await invited.device.enroll(invited.personId);
  expect(await invited.session()).toEqual([]);
  await invited.invited('code2');
  expect(await invited.session(shows)).toMatchObject([
    { command: { InvitationURL: expect.stringContaining('=code2&') } },
  ]);
});

it('who was to be invited on a device that was set up anew before it heard of it is invited there at once', async () => {
  await using mdm = await openMdm();
  const invited = await InvitedPerson.open(mdm);
  await invited.device.enroll(invited.personId);
  expect(await invited.session(shows)).toMatchObject([{ requestType: 'InviteToProgram' }]);
  await invited.device.enroll(invited.personId);
  expect(await invited.session()).toEqual([]);
});
