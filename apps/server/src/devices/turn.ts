import type { Command } from '@allotment/device-management';
import { type RawBuilder, sql } from 'kysely';
import type { Trx } from '../db/connect.ts';
import { leaveNote } from '../db/notes.ts';

/** A command about to be handed to a device. */
export interface WaitingCommand {
  readonly id: string;
  readonly requestType: string;
  readonly command: Command;
  readonly purpose: Readonly<Record<string, unknown>>;
}

/** The command a device speaks of: one that it was given and that has not ended. */
export interface AnsweredCommand {
  readonly id: string;
  readonly requestType: string;
  readonly deviceId: string;
}

/** The command to hand out next. */
export interface NextCommand extends WaitingCommand {
  /** It was handed out often enough. */
  readonly lost: boolean;
  /** What it is for still holds. */
  readonly holds: boolean;
}

/** What one turn of the command loop is decided from. */
export interface Turn {
  /** Undefined for an answer that came before, for another device's command, and for none at all. */
  readonly answered: AnsweredCommand | undefined;
  readonly next: NextCommand | undefined;
}

/** What becomes of a command. */
export interface CommandChange {
  readonly id: string;
  readonly state: 'notNow' | 'acknowledged' | 'failed' | 'canceled';
  /** The device's answer, or ours in its place. */
  readonly result?: object;
}

/** A command handed out so often without an answer stands behind the others: it may be what stops the device. */
const patience = 5;
/** One that is a day old and was handed out so often in vain is given up: the room that queued it decides what then. */
const mostDeliveries = 20;
const lostAfterMs = 24 * 60 * 60_000;

// What follows is said of a row of `devices.command` that the statement calls `command`. The states are spelled out,
// not passed: the index holds only these.

/** The device was given it, and it has not ended. */
export const isAnswerable = sql`command.state in ('sent', 'notNow')`;

/**
 * It can be handed out. One that was sent and never answered is sent again. One that was answered NotNow is offered
 * again only in a new session, which begins with Idle: otherwise the loop would never end.
 */
export function isOpen(newSession: boolean): RawBuilder<boolean> {
  return sql`command.state in ('queued', 'sent', 'notNow') and (command.state <> 'notNow' or ${newSession}::boolean)`;
}

export function isLost(now: Date): RawBuilder<boolean> {
  return sql`(command.deliveries >= ${sql.lit(mostDeliveries)} and command.created_at < ${new Date(now.getTime() - lostAfterMs)})`;
}

/** By priority and age. */
export const inOrder = sql`(command.deliveries >= ${sql.lit(patience)}), command.priority desc, command.position`;

/** What an answer sets. NotNow is one, too: a device that puts a command off for days does not lose it. */
export function answeredBy(change: CommandChange | undefined, now: Date): RawBuilder<unknown> {
  const ended = hasEnded(change);
  return sql`state = ${change?.state ?? null}, answered_at = ${ended ? now : null},
    result = ${change?.result === undefined ? null : JSON.stringify(change.result)}::jsonb,
    deliveries = case when ${ended}::boolean then command.deliveries else 0 end`;
}

/** What handing out sets. */
export function handedOutAt(now: Date): RawBuilder<unknown> {
  return sql`state = 'sent', sent_at = ${now}, deliveries = least(command.deliveries + 1, 32767)`;
}

export function hasEnded(change: CommandChange | undefined): boolean {
  return change !== undefined && change.state !== 'notNow';
}

/**
 * Reads the command that is answered, and the one to hand out next.
 *
 * @param answeredId the command the device speaks of
 * @param holds whether what a command is for still holds
 */
export async function readTurn(
  trx: Trx,
  enrollmentId: string,
  answeredId: string | undefined,
  newSession: boolean,
  holds: RawBuilder<boolean>,
  now: Date,
): Promise<Turn> {
  const { rows } = await sql<NextCommand & AnsweredCommand & { role: string }>`
    with answered as (
      select id, request_type, device_id from devices.command
      where id = ${answeredId ?? null} and enrollment_id = ${enrollmentId} and ${isAnswerable})
    select 'answered' as role, id, request_type, device_id,
      null::jsonb as command, null::jsonb as purpose, false as lost, false as holds
    from answered
    union all (
      select 'next', id, request_type, device_id, command.command, purpose, ${isLost(now)}, ${holds}
      from devices.command
      where enrollment_id = ${enrollmentId} and ${isOpen(newSession)}
        and not exists (select from answered where answered.id = command.id)
      order by ${inOrder} limit 1)`.execute(trx);
  return {
    answered: rows.find((row) => row.role === 'answered'),
    next: rows.find((row) => row.role === 'next'),
  };
}

/**
 * Stores what became of the command that was answered, and that another is handed out; leaves `delivery` a note of one
 * that ended, whose hint the caller says. Without lists, so that PostgreSQL keeps one plan.
 */
export async function writeTurn(
  trx: Trx,
  answered: CommandChange | undefined,
  toldId: string | undefined,
  now: Date,
): Promise<void> {
  if (answered === undefined && toldId === undefined) return;
  await sql`with answered as (
      update devices.command set ${answeredBy(answered, now)} where id = ${answered?.id ?? null}),
    told as (
      update devices.command set ${handedOutAt(now)} where id = ${toldId ?? null})
    insert into db.note (room, kind, key, hint_follows)
    select 'delivery', 'command', ${answered?.id ?? ''}::text, true where ${hasEnded(answered)}::boolean`.execute(
    trx,
  );
}

/** Ends a command that is not handed out, with our answer in place of the device's; `delivery` is told. */
export async function endUntold(trx: Trx, change: CommandChange, now: Date): Promise<void> {
  await trx
    .updateTable('devices.command')
    .set({
      state: change.state,
      answeredAt: now,
      ...(change.result === undefined ? {} : { result: JSON.stringify(change.result) }),
    })
    .where('id', '=', change.id)
    .execute();
  await leaveNote(trx, 'delivery', 'command', change.id);
}

/** How often at most the time of the last contact is written. */
const contactEveryMs = 5_000;

/** The last contact must be older than this to be written anew. */
export function contactDueSince(now: Date): Date {
  return new Date(now.getTime() - contactEveryMs);
}

/** Notes when the device was last heard of. */
export async function writeContact(
  trx: Trx,
  enrollmentId: string,
  deviceId: string,
  now: Date,
): Promise<void> {
  await sql`with enrollment as (
      update devices.enrollment set last_seen_at = ${now} where id = ${enrollmentId})
    update devices.device set last_check_in_at = ${now} where id = ${deviceId}`.execute(trx);
}

/** A device that answered other commands after its NotNow does not come by itself. */
const afterNotNowMs = 15 * 60_000;

/**
 * The device has everything it will take now, so the wish to wake it is fulfilled. When something was put off, it
 * comes by itself only if its last word was NotNow; otherwise it is woken again later. One without a push token is woken
 * when it has sent a new one.
 */
export async function endSession(
  trx: Trx,
  enrollmentId: string,
  lastWordWasNotNow: boolean,
  now: Date,
): Promise<void> {
  await trx.deleteFrom('devices.push').where('enrollmentId', '=', enrollmentId).execute();
  if (lastWordWasNotNow) return;
  await sql`insert into devices.push (enrollment_id, wanted_since, due_at)
    select id, ${now}, ${new Date(now.getTime() + afterNotNowMs)} from devices.enrollment
    where id = ${enrollmentId} and push_token is not null
      and exists (select from devices.command where enrollment_id = ${enrollmentId} and state = 'notNow')`.execute(
    trx,
  );
}
