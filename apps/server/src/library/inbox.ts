import {
  InvalidAnswerError,
  type Notification,
  parseNotification,
} from '@allotment/apps-and-books';
import { sql } from 'kysely';
import { DatabaseError } from 'pg';
import type { Context } from '../context.ts';
import { GroupCommit } from '../db/group-commit.ts';
import { Problem } from '../errors.ts';
import { type Bearer, findBearer, type Receiver, isStillGood, readReceiver } from './bearer.ts';

/** The time stamp of the last notification need not be more exact than this. */
const stampEveryMs = 10_000;
/** So many are stored by one statement. */
const atOnce = 50;
/** The last part of an address that Apple was given. */
const address = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Instead of the type, and how it ended, of one about another location than its address is of. */
const elsewhere = 'unknownLocation';

/** A body as it came, and what it says. */
export interface NotificationBody {
  readonly text: string;
  readonly value: unknown;
}

/** One that came with a good bearer and is not stored yet. */
interface Arrived {
  readonly receiver: Receiver;
  readonly bearer: Bearer;
  readonly notification: Notification;
  readonly text: string;
}

/**
 * Takes in Apple's notifications. Each is stored as it came before it is answered, those that arrive at the same time
 * by one statement (Law 6). What is known of an address and its bearers is remembered; the statement that stores asks
 * whether it still holds, so that a bearer that was replaced or withdrawn a moment ago opens nothing.
 */
export class NotificationInbox {
  readonly #context: Context;
  readonly #receivers = new Map<string, Receiver>();
  readonly #commits: GroupCommit<Arrived, boolean>;

  constructor(context: Context) {
    this.#context = context;
    this.#commits = new GroupCommit({
      atOnce,
      store: async (arrived) => store(context, arrived),
      isFaultOfItem: isUnstorable,
    });
  }

  /**
   * Stores one notification before anything is made of it; a second delivery of the same changes nothing.
   *
   * @param notificationPath the last part of the address that Apple was given
   * @param authorization the Authorization header
   * @returns false when the bearer is wrong
   * @throws Problem `unknownAddress`; `notANotification` when the body is none or cannot be kept
   */
  async receive(
    notificationPath: string,
    authorization: string | undefined,
    body: NotificationBody | undefined,
  ): Promise<boolean> {
    const key = notificationPath.toLowerCase();
    let remembered = this.#receivers.get(key);
    for (;;) {
      const receiver = remembered ?? (await this.#look(key));
      const bearer = findBearer(receiver, authorization);
      if (bearer !== undefined) {
        const notification = readNotification(body?.value);
        if (await this.#store({ receiver, bearer, notification, text: body?.text ?? '' }))
          return true;
      } else if (remembered === undefined) return false;
      // What was remembered does not hold any more.
      remembered = undefined;
    }
  }

  async #look(key: string): Promise<Receiver> {
    const receiver = address.test(key)
      ? await readReceiver(this.#context, this.#context.preparedDb, key)
      : undefined;
    if (receiver !== undefined) {
      this.#receivers.set(key, receiver);
      return receiver;
    }
    this.#receivers.delete(key);
    throw new Problem('notFound', 'unknownAddress', 'No location expects notifications here.');
  }

  /** @returns false when the bearer is not the location's any more */
  async #store(arrived: Arrived): Promise<boolean> {
    try {
      return await this.#commits.add(arrived);
    } catch (error) {
      if (!isUnstorable(error)) throw error;
      throw new Problem(
        'badRequest',
        'notANotification',
        'The notification holds what cannot be stored, such as NUL in a text.',
        { cause: error },
      );
    }
  }
}

function readNotification(body: unknown): Notification {
  try {
    return parseNotification(body);
  } catch (error) {
    if (!(error instanceof InvalidAnswerError)) throw error;
    throw new Problem('badRequest', 'notANotification', error.message, {
      field: error.field,
      cause: error,
    });
  }
}

/** PostgreSQL's classes for data that does not fit its type, and for what is too large or too deeply nested. */
function isUnstorable(error: unknown): boolean {
  return error instanceof DatabaseError && /^(?:22|54)/.test(error.code ?? '');
}

/**
 * The room that is told of a notification at once, by which kind of note; undefined: what is to be read again because
 * of it is worked out later, if anything.
 */
function noteOf(notification: Notification): 'event' | 'users' | undefined {
  switch (notification.type) {
    case 'ASSET_MANAGEMENT':
      return notification.eventId === undefined ? undefined : 'event';
    case 'USER_MANAGEMENT':
    case 'USER_ASSOCIATED':
      return 'users';
    case 'ASSET_COUNT':
    case 'TEST_NOTIFICATION':
    case 'other':
      break;
  }
  return undefined;
}

/**
 * Stores a set in one statement, sorted, so that two processes that are sent the same do not wait for each other. What
 * `associations` settles is noted for it in the same statement; the rest wakes this room. Both are told afterwards, once
 * for many.
 */
async function store(
  { clock, hints, preparedDb }: Context,
  arrived: readonly Arrived[],
): Promise<readonly boolean[]> {
  const now = clock.now();
  const senders = [...new Set(arrived.map(({ bearer }) => bearer))];
  const rows = arrived.map(({ receiver, bearer, notification }) => ({
    sender: senders.indexOf(bearer) + 1,
    id: notification.notificationId,
    uid: receiver.uid,
    ...whatItIs(notification, receiver),
  }));
  const { rows: good } = await sql<{ sender: number }>`
    with sender as materialized (
      select s.n::int as n, l.uid
      from rows from (unnest(${senders.map(({ location }) => location)}::text[]),
        unnest(${senders.map(({ sealed }) => sealed)}::bytea[])) with ordinality s (location, sealed, n)
      join library.location l on l.uid = s.location and ${isStillGood(sql`s.sealed`, now)}
    ), given as materialized (
      select g.* from rows from (unnest(${rows.map((row) => row.sender)}::int[]), unnest(${rows.map((row) => row.id)}::text[]),
        unnest(${rows.map((row) => row.uid)}::text[]), unnest(${rows.map((row) => row.type)}::text[]),
        unnest(${rows.map((row) => row.eventId)}::text[]), unnest(${rows.map((row) => row.note)}::text[]),
        unnest(${rows.map((row) => row.outcome)}::text[]),
        jsonb_array_elements(${`[${arrived.map(({ text }) => text).join(',')}]`}::jsonb))
        as g (sender, id, uid, type, event_id, note, outcome, body)
      join sender on sender.n = g.sender
    ), stored as (
      insert into library.notification (notification_id, location_uid, type, event_id, body, received_at, applied_at, outcome)
      select id, uid, type, event_id, body, ${now}, case when outcome is not null then ${now}::timestamptz end, outcome
      from given order by uid, id
      on conflict do nothing returning location_uid, notification_id, type
    ), told as (
      insert into db.note (room, kind, key, hint_follows)
      select distinct 'associations', g.note, g.uid || E'\t' || g.id, true
      from given g join stored s on s.location_uid = g.uid and s.notification_id = g.id and s.type = g.type
      where g.note is not null
    ), stamped as (
      update library.location l set last_notification_at = ${now}
      where l.uid in (
        select due.uid from library.location due
        where due.uid in (select uid from sender)
          and (due.last_notification_at is null or due.last_notification_at < ${new Date(now.getTime() - stampEveryMs)})
        for no key update skip locked)
    )
    select n as sender from sender`.execute(preparedDb);
  if (rows.some(({ note }) => note !== null)) hints.wake('associations');
  if (rows.some(({ outcome }) => outcome === null)) hints.wake('library');
  const still = new Set(good.map(({ sender }) => sender));
  return rows.map(({ sender }) => still.has(sender));
}

/**
 * What is kept beside the body; no outcome: something is still to be made of it. One that names another location than
 * its address is of stays with the address, of no type and no event that anybody asks for: a bearer speaks for its own
 * location alone, and neither says anything of another one nor stands in the way of what Apple tells that one.
 */
function whatItIs(notification: Notification, receiver: Receiver) {
  if (notification.uId !== receiver.uid)
    return { type: elsewhere, eventId: null, note: null, outcome: elsewhere };
  const note = noteOf(notification) ?? null;
  const isDone = note !== null || notification.type === 'TEST_NOTIFICATION';
  return {
    type: notification.type === 'other' ? notification.name : notification.type,
    eventId: 'eventId' in notification ? (notification.eventId ?? null) : null,
    note,
    outcome: isDone ? 'applied' : null,
  };
}
