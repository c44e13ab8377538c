import type { Command } from '@allotment/device-management';
import { sql } from 'kysely';
import type { Database, Trx } from '../db/connect.ts';
import { lockOrder } from './enrollment.ts';

/** A command for a device. It is kept as JSON, so it must hold no dates and no binary data. */
export interface NewCommand {
  readonly deviceId: string;
  readonly command: Command;
  /** What it is for, in the words of the room that queues it; given back with the answer. */
  readonly purpose?: Readonly<Record<string, unknown>>;
  /** Higher goes first; equal ones in the order they were queued. */
  readonly priority?: number;
  /** On a Mac, the channel of the person signed in, for what belongs to a person; without it, the device's. */
  readonly channel?: 'user' | undefined;
}

export interface QueuedCommand {
  readonly id: string;
  readonly deviceId: string;
}

/**
 * Queues commands for the current enrollments of their devices, or for the channel of a person there; a device that is
 * not enrolled gets none. Wakes no device: `wantPush` does. Locks the enrollments, so a device that is just asking waits
 * and then sees them.
 *
 * @returns one row for each command queued, in the order given, undefined where the device is not enrolled or has no
 *   such channel
 */
export async function queueCommands(
  trx: Trx,
  commands: readonly NewCommand[],
  now: Date,
): Promise<readonly (QueuedCommand | undefined)[]> {
  if (commands.length === 0) return [];
  const ofPeople = commands.filter(({ channel }) => channel === 'user');
  await lockChannels(
    trx,
    ofPeople.map(({ deviceId }) => deviceId),
  );
  const { rows } = await sql<QueuedCommand & { place: number }>`
    with given as (
      select gen_random_uuid() as id, g.* from unnest(
        ${commands.map((one) => one.deviceId)}::uuid[],
        ${commands.map((one) => one.command.RequestType)}::text[],
        ${commands.map((one) => JSON.stringify(one.command))}::jsonb[],
        ${commands.map((one) => JSON.stringify(one.purpose ?? {}))}::jsonb[],
        ${commands.map((one) => one.priority ?? 0)}::int[],
        ${commands.map((one) => one.channel === 'user')}::bool[]
      ) with ordinality g (device_id, request_type, command, purpose, priority, of_user, place)
    ), queued as (
      insert into devices.command (id, enrollment_id, device_id, request_type, command, purpose, priority, created_at)
      select g.id, e.id, g.device_id, g.request_type, g.command, g.purpose, g.priority, ${now}
      from given g join devices.enrollment e on e.device_id = g.device_id and e.state = 'enrolled'
        and (e.device_enrollment_id is not null) = g.of_user
      order by g.of_user, e.id, g.place
      returning id, device_id)
    select q.id, q.device_id, g.place from queued q join given g on g.id = q.id`.execute(trx);
  const byPlace = new Map(rows.map((row) => [row.place, { id: row.id, deviceId: row.deviceId }]));
  return commands.map((_, index) => byPlace.get(index + 1));
}

/**
 * Locks the enrollments of devices before those of their people's channels, as a turn on such a channel does: commands
 * for a channel would lock it alone, and what follows the device. A channel that ends meanwhile has ended afterwards.
 */
async function lockChannels(trx: Trx, deviceIds: readonly string[]): Promise<void> {
  if (deviceIds.length === 0) return;
  await sql`select from devices.enrollment where device_id = any(${deviceIds}::uuid[]) and state = 'enrolled'
    order by ${lockOrder} for key share`.execute(trx);
}

/** Queues a command for each device that does not have one of its kind waiting already. */
export async function queueUnlessWaiting(
  trx: Trx,
  deviceIds: readonly string[],
  command: Command,
  now: Date,
  { priority = 0, channel }: Pick<NewCommand, 'priority' | 'channel'> = {},
): Promise<void> {
  if (channel === 'user') await lockChannels(trx, deviceIds);
  await sql`insert into devices.command (enrollment_id, device_id, request_type, command, priority, created_at)
    select e.id, e.device_id, ${command.RequestType}, ${JSON.stringify(command)}, ${priority}, ${now}
    from devices.enrollment e
    where e.device_id = any(${deviceIds}::uuid[]) and e.state = 'enrolled'
      and (e.device_enrollment_id is not null) = ${channel === 'user'}
      and not exists (
        select from devices.command c
        where c.enrollment_id = e.id and c.request_type = ${command.RequestType} and c.state in ('queued', 'sent', 'notNow'))
    order by e.id`.execute(trx);
}

/**
 * Takes back commands the devices have not been given yet; those already given go on. Locks the enrollments before
 * the commands, as a device that is just asking does.
 */
export async function cancelUnsent(
  trx: Trx,
  commandIds: readonly string[],
  now: Date,
): Promise<void> {
  if (commandIds.length === 0) return;
  await sql`with concerned as (
      select id, device_enrollment_id from devices.enrollment
      where id in (select enrollment_id from devices.command where id = any(${commandIds}::uuid[]))
    ), locked as (
      select id from devices.enrollment
      where id in (select id from concerned union select device_enrollment_id from concerned)
      order by ${lockOrder} for key share)
    update devices.command c set state = 'canceled', answered_at = ${now}
    from locked
    where c.enrollment_id = locked.id and c.id = any(${commandIds}::uuid[]) and c.state in ('queued', 'notNow')`.execute(
    trx,
  );
}

/** Ends every command of an enrollment that is over or begins anew. @returns which were open */
export async function cancelAll(
  trx: Trx,
  enrollmentIds: readonly string[],
  now: Date,
): Promise<readonly string[]> {
  const { rows } = await sql<{
    id: string;
  }>`update devices.command set state = 'canceled', answered_at = ${now}
    where enrollment_id = any(${enrollmentIds}::uuid[]) and state in ('queued', 'sent', 'notNow')
    returning id`.execute(trx);
  return rows.map(({ id }) => id);
}

/** A device is pushed to at most this often, however many commands arrive. */
const pushPauseMs = 60_000;

/**
 * Has devices woken for which commands wait, and channels of people: one push each and burst. One whose push was sent
 * moments ago gets the next one only when it has not come by then. One without a push token is woken when it has sent a
 * new one.
 */
export async function wantPush(trx: Trx, deviceIds: readonly string[], at: Date): Promise<void> {
  if (deviceIds.length === 0) return;
  await sql`insert into devices.push (enrollment_id, wanted_since, due_at)
    select id, ${at}, ${at} from devices.enrollment
    where device_id = any(${deviceIds}::uuid[]) and state = 'enrolled' and push_token is not null
      and exists (select from devices.command c where c.enrollment_id = enrollment.id and c.state in ('queued', 'sent', 'notNow'))
    order by ${lockOrder}
    on conflict (enrollment_id) do update set
      due_at = least(push.due_at, greatest(excluded.due_at, push.sent_at + ${pushPauseMs} * interval '1 millisecond'))`.execute(
    trx,
  );
  await sql`select pg_notify('allotment_wake', 'devices')`.execute(trx);
}

/** Whether commands wait for an enrollment. */
export async function hasOpenCommands(db: Database, enrollmentId: string): Promise<boolean> {
  const { rows } = await sql<{ open: boolean }>`select exists (select from devices.command
    where enrollment_id = ${enrollmentId} and state in ('queued', 'sent', 'notNow')) as open`.execute(
    db,
  );
  return rows[0]?.open === true;
}
