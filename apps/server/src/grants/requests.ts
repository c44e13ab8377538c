import { sql } from 'kysely';
import { type Actor, recordAudit } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import { hint } from '../db/hints.ts';
import { leaveNote } from '../db/notes.ts';
import { getPerson } from '../directory/index.ts';
import { Problem } from '../errors.ts';
import { explainWithin } from './explain.ts';

/** Who asks for what: an app on a device, or a book for a person. */
export interface TitleRequest {
  readonly appId: string;
  /** Null: a book. */
  readonly deviceId: string | null;
  /** Of an app: left out, the device's user. */
  readonly personId: string | null;
}

/** Somebody's open request, by names. */
export interface RequestRow extends TitleRequest {
  readonly serialNumber: string | null;
  readonly personName: string | null;
  readonly requestedAt: Date;
}

interface Title {
  readonly assetId: number;
  readonly name: string;
  readonly book: boolean;
}

/**
 * A person asks for an app on a device, or for a book: where it is Available to them, it takes its license from now
 * on (behavior L23). Asking twice is asking once, and so is asking for what is Required there.
 *
 * @throws Problem `appNotFound`, `deviceNotFound`, `userNotFound`, `notTheirDevice`, `sharedDevice`, `notAvailable`, `notApplicable`
 */
export async function requestTitle(
  context: Context,
  asked: TitleRequest,
  actor: Actor,
): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const now = context.clock.now();
    const title = await findTitle(trx, asked.appId);
    const { appId, deviceId } = asked;
    if (title.book !== (deviceId === null)) throw wrongKind(title);
    const personId =
      deviceId === null
        ? await findReader(trx, asked.personId)
        : await findUser(trx, deviceId, asked.personId);
    await trx
      .insertInto('grants.request')
      .values({ appId, deviceId, personId, requestedAt: now })
      .onConflict((same) => same.doNothing())
      .execute();
    await refuseUnavailable(context, trx, title, { deviceId, personId });
    await noteAsked(trx, { appId, deviceId, personId });
    // Whoever removed the app and asks for it again changes nothing about the license.
    if (deviceId !== null) await leaveNote(trx, 'delivery', 'asked', `${appId}:${deviceId}`);
    await recordAudit(
      trx,
      now,
      actor,
      auditOf('requestTitle', title, { appId, deviceId, personId }),
    );
  });
}

/**
 * Takes a request back: what its assignment says of its end happens to the license. Books that are licensed already
 * stay.
 *
 * @param asked of an app the device counts, whoever asked; of a book the person
 * @throws Problem `appNotFound`, `requestNotFound`
 */
export async function withdrawRequest(
  context: Context,
  asked: TitleRequest,
  actor: Actor,
): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const title = await findTitle(trx, asked.appId);
    const { appId, deviceId, personId } = asked;
    const { numDeletedRows } = await trx
      .deleteFrom('grants.request')
      .where('appId', '=', appId)
      .where('deviceId', 'is not distinct from', deviceId)
      .$if(deviceId === null, (ofBook) => ofBook.where('personId', '=', personId))
      .executeTakeFirst();
    if (numDeletedRows === 0n)
      throw new Problem('notFound', 'requestNotFound', `Nobody asked for ${title.name} there.`);
    await noteAsked(trx, asked);
    await recordAudit(trx, context.clock.now(), actor, auditOf('withdrawRequest', title, asked));
  });
}

/** Who asked for a title, the latest first. */
export async function listRequests(
  db: Database,
  appId: string,
  page: { readonly top: number; readonly skip: number },
): Promise<{ readonly count: number; readonly rows: readonly RequestRow[] }> {
  const { rows } = await sql<RequestRow & { count: number }>`
    select count(*) over ()::int as count, r.app_id, r.device_id, r.person_id, d.serial_number,
      p.display_name as person_name, r.requested_at
    from grants.request r
    left join devices.device d on d.id = r.device_id
    left join directory.person p on p.id = r.person_id and p.deleted_at is null
    where r.app_id = ${appId}
    order by r.requested_at desc, r.device_id, r.person_id limit ${page.top} offset ${page.skip}`.execute(
    db,
  );
  return { count: rows[0]?.count ?? 0, rows: rows.map(({ count: _count, ...row }) => row) };
}

/** A device that changed hands brings no wishes of the person before; one that is shared brings nobody's. */
export async function forgetHandedOver(trx: Trx, deviceIds: readonly string[]): Promise<void> {
  await sql`delete from grants.request r using devices.device d
    where d.id = r.device_id and d.id = any(${deviceIds}::uuid[])
      and (r.person_id is distinct from d.person_id or d.multi_user)`.execute(trx);
}

async function findTitle(trx: Trx, appId: string): Promise<Title> {
  const { rows } = await sql<Title>`
    select a.id as asset_id, coalesce(t.name, a.adam_id) as name, app.platform = 'book' as book
    from library.app app join library.asset a on a.id = app.asset_id
    left join library.title t on t.location_uid = a.location_uid and t.adam_id = a.adam_id
    where app.id = ${appId}`.execute(trx);
  const [title] = rows;
  if (title === undefined)
    throw new Problem('notFound', 'appNotFound', `There is no app ${appId}.`, { field: 'appId' });
  return title;
}

async function findReader(trx: Trx, personId: string | null): Promise<string> {
  if (personId !== null) return (await getPerson(trx, personId)).id;
  throw new Problem('badRequest', 'userNotFound', 'Say who asks: a book is a person’s.', {
    field: 'personId',
  });
}

/** Whose device it is: only they ask for apps on it (behavior L39), and nobody on a Shared iPad (behavior L26). */
async function findUser(
  trx: Trx,
  deviceId: string,
  personId: string | null,
): Promise<string | null> {
  const device = await trx
    .selectFrom('devices.device')
    .select(['personId', 'serialNumber', 'multiUser'])
    .where('id', '=', deviceId)
    .executeTakeFirst();
  if (device === undefined)
    throw new Problem('notFound', 'deviceNotFound', `There is no device ${deviceId}.`, {
      field: 'deviceId',
    });
  if (device.multiUser === true) throw nobodysDevice(device.serialNumber);
  if (personId === null) return device.personId;
  const { id, displayName } = await getPerson(trx, personId);
  if (id === device.personId) return id;
  throw new Problem(
    'conflict',
    'notTheirDevice',
    `${displayName} is not the user of the device ${device.serialNumber}: only its user asks for apps there.`,
    { field: 'personId' },
  );
}

function nobodysDevice(serialNumber: string): Problem {
  return new Problem(
    'conflict',
    'sharedDevice',
    `The device ${serialNumber} is a Shared iPad, whose user is nobody: assign the app as Required to a group of devices. Nothing was asked for.`,
    { field: 'deviceId' },
  );
}

function wrongKind({ name, book }: Title): Problem {
  return book
    ? new Problem(
        'badRequest',
        'deviceNotExpected',
        `${name} is a book, which is a person’s: leave out the device.`,
        { field: 'deviceId' },
      )
    : new Problem('badRequest', 'deviceNotFound', `Say on which device ${name} is wanted.`, {
        field: 'deviceId',
      });
}

/** What is asked for must then be wanted by what is assigned: otherwise nothing would come of it. */
async function refuseUnavailable(
  context: Context,
  trx: Trx,
  { assetId, name }: Title,
  whom: { readonly deviceId: string | null; readonly personId: string | null },
): Promise<void> {
  const about = whom.deviceId === null ? whom : { ...whom, personId: null };
  const { verdict, notApplicable } = await explainWithin(context, trx, { assetId, ...about });
  if (verdict === 'want') return;
  if (verdict === 'notApplicable') {
    throw new Problem(
      'conflict',
      'notApplicable',
      `The device cannot use ${name}${notApplicable === null ? '' : ` (${notApplicable})`}: choose another device. Nothing was asked for.`,
      { field: 'deviceId' },
    );
  }
  throw new Problem(
    'conflict',
    'notAvailable',
    verdict === 'suspended'
      ? `${name} is offered by a group that was deleted: restore the group. Nothing was asked for.`
      : `${name} is not Available there: assign it to a group of the person as Available. Nothing was asked for.`,
    { field: whom.deviceId === null ? 'personId' : 'deviceId' },
  );
}

async function noteAsked(trx: Trx, { appId, deviceId, personId }: TitleRequest): Promise<void> {
  if (deviceId !== null) await leaveNote(trx, 'grants', 'asked', `${appId}:${deviceId}`);
  else if (personId !== null) await leaveNote(trx, 'grants', 'person', personId);
  await hint(trx, 'apps', 'status');
}

function auditOf(action: string, { name, book }: Title, asked: TitleRequest) {
  const { appId, deviceId, personId } = asked;
  const target = { kind: book ? 'managedEBook' : 'mobileApp', id: appId, name };
  return { action, target, detail: { deviceId, personId } };
}
