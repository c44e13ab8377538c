import type { Command, ConnectMessage, SignerCertificate } from '@allotment/device-management';
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import type { Guard } from './guard.ts';
import { inventoryTypes } from './inventory.ts';
import {
  answeredBy,
  type CommandChange,
  contactDueSince,
  handedOutAt,
  hasEnded,
  inOrder,
  isAnswerable,
  isLost,
  isOpen,
} from './turn.ts';

/** What a quick turn did. */
export interface QuickTurn {
  /** The command that is handed out. */
  readonly id: string;
  readonly command: Command;
  /** The time of the last contact was written. */
  readonly contact: boolean;
}

/**
 * The ordinary turn of the command loop in one statement, which is one transaction: a device that asks or answers, and
 * another command waits that can be handed out as it is. Does all of it, or nothing where anything is out of the
 * ordinary: then the turn is to be taken step by step.
 *
 * A statement sees the tables as they were when it began, and only rows it locks as they are. So it locks the
 * enrollment and both commands before it writes, and each is judged anew if it changed meanwhile. It waits for no lock:
 * who holds one of them is about to change what is decided here. New commands for the device may be queued meanwhile;
 * the next turn sees them.
 *
 * @param change what the device's answer makes of its command; undefined when it asks for the first one
 */
export async function takeQuickTurn(
  db: Database,
  signer: SignerCertificate,
  message: ConnectMessage,
  change: CommandChange | undefined,
  guard: Guard,
  now: Date,
): Promise<QuickTurn | undefined> {
  const open = isOpen(change === undefined);
  const { rows } = await sql<QuickTurn>`
    with locked as materialized (
      select id, udid, state, last_seen_at from devices.enrollment
      where certificate_sha256 = ${signer.certificateSha256}
      for no key update skip locked),
    enrolled as (
      select id, last_seen_at from locked where udid = ${message.id} and state = 'enrolled'),
    answered as materialized (${change === undefined ? asking : answerable(change)}),
    first as materialized (
      select waiting.id from enrolled join answered on true cross join lateral (
        select command.id, not ${isLost(now)} and ${isOrdinary(guard)} as ordinary
        from devices.command
        where command.enrollment_id = enrolled.id and command.id is distinct from answered.id and ${open}
        order by ${inOrder} limit 1) waiting
      where waiting.ordinary),
    next as materialized (
      select command.id, command.command from devices.command join first on first.id = command.id
      where ${open}
      for no key update of command skip locked),
    told as (
      update devices.command set ${handedOutAt(now)} from next where command.id = next.id),
    ${change === undefined ? noteContact(now) : storeAnswer(change, now)}
    select next.id, next.command, ${change === undefined ? sql`exists (select from seen)` : sql`false`} as contact
    from next`.execute(db);
  return rows[0];
}

const asking = sql`select null::uuid as id`;

/** Inventories go to tables of their own. */
function answerable(change: CommandChange): RawBuilder<unknown> {
  const isOther =
    change.state === 'acknowledged'
      ? sql`command.request_type not in (${literals(inventoryTypes)})`
      : sql`true`;
  return sql`
      select command.id from devices.command join enrolled on enrolled.id = command.enrollment_id
      where command.id = ${change.id} and ${isAnswerable} and ${isOther}
      for no key update of command skip locked`;
}

/** The commonest condition alone: with all of them, most of the time would go into preparing the plan. */
function isOrdinary({ holds, complete }: Guard): RawBuilder<boolean> {
  const { InstallApplication, ...others } = holds;
  const rare = [...Object.keys(others), ...Object.keys(complete)];
  const isUsual =
    rare.length === 0 ? sql`true` : sql`command.request_type not in (${literals(rare)})`;
  return InstallApplication === undefined
    ? sql`${isUsual}`
    : sql`case command.request_type when 'InstallApplication' then ${InstallApplication} else ${isUsual} end`;
}

function storeAnswer(change: CommandChange, now: Date): RawBuilder<unknown> {
  const stored = sql`stored as (
      update devices.command set ${answeredBy(change, now)} from answered cross join next where command.id = answered.id)`;
  if (!hasEnded(change)) return stored;
  return sql`${stored},
    noted as (
      insert into db.note (room, kind, key, hint_follows)
      select 'delivery', 'command', answered.id::text, true from answered cross join next)`;
}

/** A session begins; that it goes on is written when it ends. */
function noteContact(now: Date): RawBuilder<unknown> {
  return sql`seen as (
      update devices.enrollment set last_seen_at = ${now} from enrolled cross join next
      where enrollment.id = enrolled.id and coalesce(enrolled.last_seen_at < ${contactDueSince(now)}, true)
      returning enrollment.device_id),
    contact as (
      update devices.device set last_check_in_at = ${now} from seen where device.id = seen.device_id)`;
}

function literals(texts: readonly string[]): RawBuilder<unknown> {
  return sql.join(texts.map((text) => sql.lit(text)));
}
