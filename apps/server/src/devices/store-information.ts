import type { DeviceInformation } from '@allotment/device-management';
import { sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { leaveNote } from '../db/notes.ts';
import { familyOf } from './family.ts';

const knownOf = async (trx: Trx, deviceId: string) =>
  trx
    .selectFrom('devices.device')
    .select([
      'name',
      'family',
      'osVersion',
      'supervised',
      'multiUser',
      'runsIosApps',
      'userChannel',
      'storeAccountActive',
      'storeAccountHash',
    ])
    .where('id', '=', deviceId)
    .executeTakeFirstOrThrow();

/** Stores what the channel of a person tells: whose account is signed in there, and nothing of the device. */
export async function storeAccount(
  trx: Trx,
  deviceId: string,
  told: DeviceInformation,
): Promise<void> {
  const before = await knownOf(trx, deviceId);
  const account = accountOf(told);
  await trx.updateTable('devices.device').set(account).where('id', '=', deviceId).execute();
  await tellDelivery(trx, deviceId, before, { ...before, ...account });
}

const accountOf = (told: DeviceInformation): Account => ({
  storeAccountActive: told.storeAccountIsActive ?? null,
  storeAccountHash: told.storeAccountHash ?? null,
});

/** Stores what a device tells of itself; what it leaves out of its answer keeps its old value. */
export async function storeInformation(
  trx: Trx,
  deviceId: string,
  told: DeviceInformation,
  now: Date,
): Promise<void> {
  const before = await knownOf(trx, deviceId);
  const family = familyOf(told.productName) ?? before.family;
  const osVersion = told.osVersion ?? before.osVersion;
  const multiUser = told.isMultiUser ?? before.multiUser;
  const runsIosApps = told.supportsIosApps ?? before.runsIosApps;
  // Where a person's channel tells of the account, what the Mac as a whole says of it counts for nothing.
  const account = before.userChannel ? undefined : accountOf(told);
  await trx
    .updateTable('devices.device')
    .set((row) => ({
      ...account,
      family,
      osVersion,
      multiUser,
      runsIosApps,
      name: sql<string>`coalesce(${told.deviceName ?? null}, ${row.ref('name')})`,
      model: sql<string>`coalesce(${told.modelName ?? told.model ?? null}, ${row.ref('model')})`,
      productName: sql<string>`coalesce(${told.productName ?? null}, ${row.ref('productName')})`,
      supervised: sql<boolean>`coalesce(${told.isSupervised ?? null}, ${row.ref('supervised')})`,
      inventoryAt: now,
    }))
    .where('id', '=', deviceId)
    .execute();
  if (
    family !== before.family ||
    osVersion !== before.osVersion ||
    multiUser !== before.multiUser ||
    runsIosApps !== before.runsIosApps
  )
    await leaveNote(trx, 'grants', 'device', deviceId);
  if (
    (told.deviceName ?? before.name) !== before.name ||
    (told.isSupervised ?? before.supervised) !== before.supervised ||
    osVersion !== before.osVersion
  )
    await hint(trx, 'devices');
  await tellDelivery(trx, deviceId, before, { ...before, osVersion, multiUser, ...account });
}

interface Account {
  readonly storeAccountActive: boolean | null;
  readonly storeAccountHash: string | null;
}

/** What installs depend on. */
interface Known extends Account {
  readonly osVersion: string | null;
  readonly multiUser: boolean | null;
}

/** A newer system may run what the one before could not; another account may have what the one before had not. */
async function tellDelivery(
  trx: Trx,
  deviceId: string,
  before: Known,
  after: Known,
): Promise<void> {
  if (before.osVersion !== null && after.osVersion !== before.osVersion)
    await leaveNote(trx, 'delivery', 'newSystem', deviceId);
  else if (
    after.multiUser !== before.multiUser ||
    after.storeAccountActive !== before.storeAccountActive ||
    after.storeAccountHash !== before.storeAccountHash
  )
    await leaveNote(trx, 'delivery', 'device', deviceId);
}
