import type { PlistDictionary } from '@allotment/device-management';
import { expect, it } from 'vitest';
import { leaveNote } from '../../src/db/notes.ts';
import { step } from '../../src/delivery/state.ts';
import { askInventory, syncDevice } from '../../src/devices/index.ts';
import { actor, type Mdm, openMdm } from '../devices/support/mdm.ts';
import type { Told } from '../devices/support/test-device.ts';
import { AssignedApp } from './support/assigned.ts';
import { NOW, task } from './support/events.ts';
import { InvitedPerson } from './support/invited.ts';

/** The only book of the only device. */
const bookOf = async ({ context: { db } }: Mdm) =>
  db
    .selectFrom('delivery.book')
    .select(['deviceId', 'state', 'reason', 'attempts', 'nextAt'])
    .executeTakeFirstOrThrow();

/** What became of every command that was to send the book. */
async function sent({ context: { db } }: Mdm): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('devices.command')
    .select('state')
    .where('requestType', '=', 'InstallMedia')
    .orderBy('position')
    .execute();
  return rows.map(({ state }) => state);
}

/** Somebody signs in to the store on the device. */
async function signsIn({ context: { db } }: Mdm, storeAccountHash: string): Promise<void> {
  await db
    .updateTable('devices.device')
    .set({ storeAccountActive: true, storeAccountHash })
    .execute();
}

/** How a Mac answers on the channel of its person. */
const takes = ({ requestType }: Told): { status: string; result?: PlistDictionary } =>
  requestType === 'InstallMedia'
    ? { status: 'Acknowledged', result: { State: 'Queued' } }
    : { status: 'Acknowledged' };

it('what an app was told and asked is counted only as far as its row has room', () => {
  const much = { attempts: 1000, asks: 1000 };
  for (const state of ['commanded', 'removing'] as const)
    expect(step(task({ state, ...much }), { kind: 'canceled' }, NOW).task?.attempts).toBe(1000);
  const waiting = task({ state: 'installing', reason: 'waitingForPerson', ...much });
  expect(step(waiting, { kind: 'due' }, NOW).task?.asks).toBe(1000);
});

it('an app that the device could not run is tried again when its system is newer', async () => {
  await using mdm = await openMdm();
  const app = await AssignedApp.open(mdm);
  await app.session({
    InstallApplication: { status: 'Error', result: { RejectionReason: 'NotSupported' } },
  });
  expect(await app.task()).toMatchObject({ state: 'notApplicable', reason: 'notSupported' });
  await app.tells({
    DeviceInformation: {
      status: 'Acknowledged',
      result: { QueryResponses: { OSVersion: '99.1' } },
    },
  });
  expect(await app.task()).toMatchObject({ state: 'installed' });
});

it('a book that was not handed out, because another account had just signed in, waits for the one of its person', async () => {
  await using mdm = await openMdm();
  const reader = await InvitedPerson.open(mdm, 'Book');
  await reader.accept();
  await signsIn(mdm, 'of another');
  for (let sessions = 0; sessions < 3; sessions += 1)
    expect(await reader.session()).not.toMatchObject([{ requestType: 'InstallMedia' }]);
  expect(await sent(mdm)).toEqual(['canceled']);
  const book = await bookOf(mdm);
  expect(book).toMatchObject({ state: 'blocked', reason: 'otherAccount' });
  await signsIn(mdm, 'hash');
  await leaveNote(mdm.context.db, 'delivery', 'device', book.deviceId);
  expect(await reader.session()).toMatchObject([{ requestType: 'InstallMedia' }]);
});

it('a book that a Mac took is sent once more when the Mac is synced, and not because its system is newer', async () => {
  await using mdm = await openMdm();
  const reader = await InvitedPerson.open(mdm, 'Book', 'Mac');
  const channel = reader.device.channel('U-1');
  await channel.updateToken();
  await reader.accept();
  await channel.session(takes);
  await reader.session();
  const { deviceId } = await bookOf(mdm);
  const taken = { state: 'installing', reason: 'bookTaken', attempts: 1, nextAt: null };
  expect(await bookOf(mdm)).toMatchObject(taken);

  await mdm.context.db
    .transaction()
    .execute(async (trx) => askInventory(trx, [deviceId], mdm.clock.now()));
  const tells = { QueryResponses: { OSVersion: '99.1' } };
  await reader.session(() => ({ status: 'Acknowledged', result: tells }));
  const { osVersion } = await mdm.context.db
    .selectFrom('devices.device')
    .select('osVersion')
    .executeTakeFirstOrThrow();
  expect(osVersion).toBe('99.1');
  expect(await bookOf(mdm)).toMatchObject(taken);
  expect(await sent(mdm)).toEqual(['acknowledged']);

  await syncDevice(mdm.context, deviceId, actor);
  await reader.session();
  await channel.session(takes);
  expect(await sent(mdm)).toEqual(['acknowledged', 'acknowledged']);
});
