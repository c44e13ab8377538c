import { inviteToProgram } from '@allotment/device-management';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Database, Trx } from '../db/connect.ts';
import { cancelUnsent, queueCommands, servesPerson, wantPush } from '../devices/index.ts';
import { lockDelivery } from './lock.ts';
import { later } from './pauses.ts';
import type { Reason } from './reason.ts';
import type { Pair } from './situation.ts';

const peopleAtOnce = 500;
const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
/** After each showing, until the next one; then nobody is pressed any more: the link and the person's request are left. */
const pausesMs = [dayMs, 3 * dayMs, 7 * dayMs, 14 * dayMs];

/** The person `h` whose user `u` at the location of `i` has not accepted yet. */
const notAccepted = sql`join library.holder h on h.id = i.holder_id and h.kind = 'person'
  join associations.apple_user u on u.location_uid = i.location_uid and u.holder_id = i.holder_id
    and u.state = 'registered' and u.invite_code is not null`;

/**
 * Notes who is to be invited: people with a license for a device who have not accepted yet (behavior 70). Who has been
 * asked is not asked anew by another license; who was to be asked on a device or a channel that went away before is.
 *
 * @param pairs licenses that came or went
 * @param deviceIds devices that an invitation can be shown on by now, as far as that may be new
 */
export async function wantInvitations(
  trx: Trx,
  pairs: readonly Pair[],
  deviceIds: readonly string[],
  now: Date,
): Promise<void> {
  if (pairs.length + deviceIds.length === 0) return;
  await sql`insert into delivery.invitation (location_uid, holder_id, user_changed, next_at)
    select distinct i.location_uid, i.holder_id, u.changed, ${now}::timestamptz
    from (
      select i.* from unnest(${pairs.map((pair) => pair.assetId)}::int[], ${pairs.map((pair) => pair.holderId)}::int[]) p (asset_id, holder_id)
      cross join lateral (
        select * from grants.usable i where i.asset_id = p.asset_id and i.holder_id = p.holder_id offset 0) i
      union all
      select i.* from unnest(${deviceIds}::uuid[]) d (id)
      cross join lateral (select * from grants.usable i where i.device_id = d.id offset 0) i) i
    ${notAccepted}
    order by i.location_uid, i.holder_id
    on conflict (location_uid, holder_id) do update
      set user_changed = excluded.user_changed, tries = 0, shown_at = null, refused = null, next_at = excluded.next_at
      where invitation.user_changed <> excluded.user_changed
        or invitation.shown_at is null and invitation.refused is null and not exists (
          select from devices.command c where c.id = invitation.command_id and c.state <> 'canceled')`.execute(
    trx,
  );
}

interface Due {
  readonly locationUid: string;
  readonly holderId: number;
  readonly commandId: string | null;
  readonly tries: number;
  /** Null: there is nobody to be asked, or no device to ask on. */
  readonly deviceId: string | null;
  readonly isMac: boolean | null;
}

/** Somebody who was asked, and when they are asked again. */
interface Asked extends Due {
  readonly nextAt: Date | null;
}

/**
 * Has devices show the invitations that are due. The command holds Apple's template; `invitationCommand` fills in the
 * code when it is handed out, so that no code is stored readable.
 *
 * @returns whether there may be more
 * @throws AppsAndBooksError when Apple does not say what its links look like
 */
export async function inviteDue(context: Context): Promise<boolean> {
  const now = context.clock.now();
  if (!(await anyDue(context.db, now))) return false;
  const { invitationUrlTemplate } = await context.apple.serviceConfig(context.signal);
  return context.db.transaction().execute(async (trx) => {
    await lockDelivery(trx);
    const due = await readDue(trx, now);
    await cancelUnsent(
      trx,
      due.flatMap(({ commandId }) => commandId ?? []),
      now,
    );
    const asked =
      invitationUrlTemplate === undefined
        ? due.map((one) =>
            one.deviceId === null ? undefined : { ...one, nextAt: later(now, hourMs) },
          )
        : await queueInvitations(trx, due, invitationUrlTemplate, now);
    await writeAsked(
      trx,
      asked.filter((one) => one !== undefined),
    );
    await forget(
      trx,
      due.filter((_, index) => asked[index] === undefined),
    );
    return due.length === peopleAtOnce;
  });
}

/** @returns for each who was asked; undefined: there is no device, or it or its channel went away a moment ago */
async function queueInvitations(
  trx: Trx,
  due: readonly Due[],
  urlTemplate: string,
  now: Date,
): Promise<readonly (Asked | undefined)[]> {
  const shown = due.filter((one) => one.deviceId !== null);
  const commands = shown.map(({ deviceId, isMac, locationUid, holderId }) => ({
    deviceId: deviceId ?? '',
    channel: isMac === true ? ('user' as const) : undefined,
    command: inviteToProgram(urlTemplate),
    purpose: { locationUid, holderId },
  }));
  const queued = await queueCommands(trx, commands, now);
  await wantPush(trx, [...new Set(commands.map(({ deviceId }) => deviceId))].sort(), now);
  const commandIds = new Map(shown.map((one, index) => [one, queued[index]?.id]));
  return due.map((one) => {
    const commandId = commandIds.get(one);
    return commandId === undefined
      ? undefined
      : { ...one, commandId, tries: one.tries + 1, nextAt: nextAsk(one.tries, now) };
  });
}

function nextAsk(tries: number, now: Date): Date | null {
  const pause = pausesMs[tries];
  return pause === undefined ? null : later(now, pause);
}

async function anyDue(db: Database, now: Date): Promise<boolean> {
  const row = await db
    .selectFrom('delivery.invitation')
    .select('holderId')
    .where('nextAt', '<=', now)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Who is due, each with the iPhone, iPad or iPod touch that was heard of last among those their license is for; where there
 * is none, with the Mac, on its person's channel.
 */
async function readDue(trx: Trx, now: Date): Promise<readonly Due[]> {
  const { rows } = await sql<Due>`
    select v.location_uid, v.holder_id, v.command_id, v.tries, shown.device_id, shown.is_mac
    from delivery.invitation v
    left join lateral (
      select dev.id as device_id, dev.family = 'Mac' as is_mac from grants.usable i ${notAccepted}
      join devices.device dev on dev.id = i.device_id and dev.management_state = 'managed' and not dev.user_enrollment
        and ${servesPerson}
      where i.holder_id = v.holder_id and i.location_uid = v.location_uid
      order by dev.family = 'Mac', dev.last_check_in_at desc nulls last, dev.id limit 1) shown on true
    where v.next_at <= ${now}
    order by v.next_at, v.location_uid, v.holder_id
    limit ${peopleAtOnce} for update of v`.execute(trx);
  return rows;
}

async function forget(trx: Trx, gone: readonly Due[]): Promise<void> {
  await sql`delete from delivery.invitation v
    using unnest(${gone.map((one) => one.locationUid)}::text[], ${gone.map((one) => one.holderId)}::int[]) g (location_uid, holder_id)
    where v.location_uid = g.location_uid and v.holder_id = g.holder_id`.execute(trx);
}

async function writeAsked(trx: Trx, asked: readonly Asked[]): Promise<void> {
  await sql`update delivery.invitation v
    set device_id = a.device_id, command_id = a.command_id, tries = a.tries, next_at = a.next_at
    from unnest(${asked.map((one) => one.locationUid)}::text[], ${asked.map((one) => one.holderId)}::int[],
      ${asked.map((one) => one.deviceId)}::uuid[], ${asked.map((one) => one.commandId)}::uuid[],
      ${asked.map((one) => one.tries)}::smallint[], ${asked.map((one) => one.nextAt)}::timestamptz[])
      a (location_uid, holder_id, device_id, command_id, tries, next_at)
    where v.location_uid = a.location_uid and v.holder_id = a.holder_id`.execute(trx);
}

/**
 * Notes what devices made of these commands. One that takes the command says beside that whether it shows the
 * invitation, never that it is accepted. One that does not show it gets the newest link: after an hour, and four times
 * as long each time.
 *
 * @see https://developer.apple.com/documentation/devicemanagement/invitetoprogramresponse
 */
export async function noteShown(trx: Trx, commandIds: readonly string[]): Promise<void> {
  if (commandIds.length === 0) return;
  await sql`update delivery.invitation v set
      shown_at = case when said.word = 'Acknowledged' then c.answered_at else v.shown_at end,
      refused = nullif(said.word, 'Acknowledged'),
      next_at = case when said.word = 'Acknowledged' or v.next_at is null then v.next_at
        else least(v.next_at, c.answered_at + power(4, v.tries - 1) * interval '1 hour') end
    from devices.command c
    cross join lateral (
      select coalesce(c.result ->> 'invitationResult', c.result ->> 'status') as word) said
    where c.id = v.command_id and v.command_id = any(${commandIds}::uuid[]) and c.state in ('acknowledged', 'failed')`.execute(
    trx,
  );
}

/** An invitation that a person has not accepted yet. */
export interface Invitation {
  readonly locationUid: string;
  readonly serialNumber: string | null;
  readonly shownAt: Date | null;
  /** Why the device did not show it when it was last told to. */
  readonly refusal: Reason | null;
  /** How often a device was told to show it. */
  readonly tries: number;
  readonly nextAt: Date | null;
}

export async function readInvitations(
  db: Database,
  personId: string,
): Promise<readonly Invitation[]> {
  const { rows } = await sql<Omit<Invitation, 'refusal'> & { readonly refused: string | null }>`
    select v.location_uid, dev.serial_number, v.shown_at, v.tries, v.next_at, v.refused
    from associations.apple_user u
    join delivery.invitation v on v.location_uid = u.location_uid and v.holder_id = u.holder_id
    left join devices.device dev on dev.id = v.device_id
    where u.person_id = ${personId} and u.state = 'registered'
    order by v.location_uid`.execute(db);
  return rows.map(({ refused, ...row }) => ({ ...row, refusal: refusalOf(refused) }));
}

function refusalOf(word: string | null): Reason | null {
  return word === null ? null : (refusals[word] ?? notShown);
}

const notShown: Reason = {
  cause: 'The device did not show the invitation.',
  who: 'administrator',
  next: 'It is told again by itself, five times in all. Hand the person the invitation link.',
};

/** @see InviteToProgramResponse.InvitationResult */
const refusals: Readonly<Record<string, Reason>> = {
  InvalidInvitationURL: {
    cause: 'The device says that the link of the invitation is not valid.',
    who: 'Apple',
    next: 'Nothing at first: it gets the newest link within hours, five times in all. If it stays, give the person a Managed Apple Account, or assign the app with a device license.',
  },
  InvalidProgramID: {
    cause: 'The device does not know the program that it is to invite to.',
    who: 'administrator',
    next: 'Update the system of the device, or hand the person the invitation link.',
  },
};
