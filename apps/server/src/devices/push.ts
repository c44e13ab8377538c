import {
  classifyPush,
  PushClient,
  PushError,
  type PushAnswer,
  type PushVerdict,
} from '@allotment/device-management';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { pushCredential } from './push-certificate.ts';
import { endUnreachedChannel } from './user-channel.ts';

const pushesAtOnce = 500;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** How long a claimed push belongs to the process that claimed it. */
const claimMs = 2 * minuteMs;
/** Apple keeps a push this long for a device that is away. */
const keptMs = 7 * 24 * hourMs;
/** A device that has not come by then is pushed to again: a push that was accepted can still be lost. */
const againMs = 24 * hourMs;

interface DuePush {
  readonly enrollmentId: string;
  readonly attempts: number;
  readonly sentAt: Date;
  /** Until when it is claimed. */
  readonly dueAt: Date;
  readonly pushToken: Buffer;
  readonly pushMagic: string;
}

/** What became of one push. */
interface Outcome {
  readonly push: DuePush;
  readonly verdict: PushVerdict;
}

/** While nothing gets through, so long at most until one push tries again. */
const longestRestMs = 5 * minuteMs;

/** Wakes the devices whose push is due. Owns the connection to the push service. */
export class PushSender {
  readonly #context: Context;
  #client:
    | { readonly version: string; readonly topic: string; readonly push: PushClient }
    | undefined;
  /** Rounds one after the other in which nothing got through, and until when none is begun. */
  #rest = { failures: 0, until: -Infinity };

  constructor(context: Context) {
    this.#context = context;
    context.signal.addEventListener('abort', () => {
      this.#client?.push
        .close()
        .catch((error: unknown) =>
          context.log.debug({ err: error }, 'the push connection did not close'),
        );
    });
  }

  /**
   * Sends the pushes due now. While the service is away a single push tries now and then, so that neither the service
   * nor the devices' own pauses suffer from thousands that fail. True when there may be more.
   */
  async run(signal: AbortSignal): Promise<boolean> {
    if (this.#context.clock.now().getTime() < this.#rest.until) return false;
    const client = await this.#open();
    if (client === undefined) return false;
    const atOnce = this.#rest.failures === 0 ? pushesAtOnce : 1;
    const due = await this.#claim(atOnce);
    const outcomes = await Promise.all(
      due.map(async (push) => ({ push, verdict: await this.#send(client, push, signal) })),
    );
    await this.#settle(outcomes);
    this.#restAfter(outcomes);
    return due.length === atOnce && this.#rest.failures === 0;
  }

  #restAfter(outcomes: readonly Outcome[]): void {
    if (outcomes.length === 0) return;
    const failed = outcomes.every(({ verdict }) => verdict.kind === 'retry');
    const failures = failed ? this.#rest.failures + 1 : 0;
    const restMs =
      Math.min(longestRestMs, 5_000 * 2 ** failures) * (0.75 + this.#context.random() / 4);
    const until = failed ? this.#context.clock.now().getTime() + restMs : -Infinity;
    this.#rest = { failures, until };
  }

  /** Undefined without a certificate, and for an hour after Apple refused it. */
  async #open(): Promise<{ topic: string; push: PushClient } | undefined> {
    const credential = await pushCredential(this.#context);
    const refusedAt = credential?.problemAt?.getTime() ?? -Infinity;
    if (this.#context.clock.now().getTime() - refusedAt < hourMs) return undefined;
    if (this.#client?.version === credential?.version) return this.#client;
    await this.#client?.push.close();
    this.#client = undefined;
    if (credential === undefined) return undefined;
    const { certificate, key, topic, version } = credential;
    const ca = this.#context.appleCa;
    this.#client = {
      version,
      topic,
      push: new PushClient({
        certificate,
        key,
        url: this.#context.config.apple.apnsUrl.origin,
        ...(ca === undefined ? {} : { ca }),
      }),
    };
    return this.#client;
  }

  /**
   * Moves their due time ahead before anything is sent: another process leaves them alone, a crash repeats them. One
   * whose device has no token stays due, for the token that may come, and takes nobody's place: where a single push
   * tries, it would be the only one for good. `offset 0` keeps the question about the token to the rows that the index on
   * the due time comes by: as a join, PostgreSQL may read all enrollments for it (0.3 and 600 ms with 200,000 devices).
   */
  async #claim(limit: number): Promise<readonly DuePush[]> {
    const now = this.#context.clock.now();
    const { rows } = await sql<DuePush>`
      update devices.push p set due_at = ${new Date(now.getTime() + claimMs)}, sent_at = ${now}, attempts = p.attempts + 1
      from devices.enrollment e
      where p.enrollment_id = any(array(
          select due.enrollment_id from devices.push due
          where due.due_at <= ${now} and exists (
            select from devices.enrollment
            where id = due.enrollment_id and state = 'enrolled' and push_token is not null offset 0)
          order by due.due_at limit ${limit} for update of due skip locked))
        and e.id = p.enrollment_id
      returning p.enrollment_id, p.attempts, p.sent_at, p.due_at, e.push_token, e.push_magic`.execute(
      this.#context.db,
    );
    return rows;
  }

  async #send(
    client: { topic: string; push: PushClient },
    due: DuePush,
    signal: AbortSignal,
  ): Promise<PushVerdict> {
    try {
      const expiration = new Date(this.#context.clock.now().getTime() + keptMs);
      const answer: PushAnswer = await client.push.push(
        { token: due.pushToken, magic: due.pushMagic, topic: client.topic, expiration },
        signal,
      );
      return classifyPush(answer);
    } catch (error) {
      if (!(error instanceof PushError)) throw error;
      return { kind: 'retry', reason: error.code };
    }
  }

  /**
   * Each statement stands alone: a crash between them repeats pushes, and holding the rows of pushes and enrollments
   * together would stand in the way of devices that check in just now.
   */
  async #settle(outcomes: readonly Outcome[]): Promise<void> {
    if (outcomes.length === 0) return;
    const now = this.#context.clock.now();
    await this.#dropTokens(outcomes);
    await this.#schedule(outcomes, now);
    await this.#noteCertificate(outcomes, now);
    this.#report(outcomes);
  }

  /**
   * Only the token that was refused, and only when the device has not sent a newer one since. Where Apple says that nobody
   * listens on a person's channel any more, that is over.
   */
  async #dropTokens(outcomes: readonly Outcome[]): Promise<void> {
    const dropped = outcomes.flatMap(({ push, verdict }) =>
      verdict.kind === 'dropToken' ? [{ ...push, olderThan: verdict.ifOlderThan ?? null }] : [],
    );
    if (dropped.length === 0) return;
    const { rows } = await sql<{ id: string }>`with dropped as (
        update devices.enrollment e set push_token = null, push_magic = null
        from unnest(
          ${dropped.map((push) => push.enrollmentId)}::uuid[], ${dropped.map((push) => push.pushToken)}::bytea[],
          ${dropped.map((push) => push.olderThan)}::timestamptz[]) d (id, token, older_than)
        where e.id = d.id and e.push_token = d.token and (d.older_than is null or e.token_updated_at < d.older_than)
        returning e.id, e.device_enrollment_id is not null and d.older_than is not null as channel_ended
      ), forgotten as (
        delete from devices.push where enrollment_id in (select id from dropped))
      select id from dropped where channel_ended`.execute(this.#context.db);
    for (const { id } of rows) await endUnreachedChannel(this.#context, id);
  }

  /**
   * When to push next. A device that came in the meantime has ended its wish, and may have a new one already, which
   * is left alone; so is an earlier time wished for since.
   */
  async #schedule(outcomes: readonly Outcome[], now: Date): Promise<void> {
    await sql`with mine as (
        select p.enrollment_id, o.due_at, o.claimed_until, o.result from unnest(
          ${outcomes.map(({ push }) => push.enrollmentId)}::uuid[],
          ${outcomes.map(({ push }) => push.sentAt)}::timestamptz[],
          ${outcomes.map(({ push }) => push.dueAt)}::timestamptz[],
          ${outcomes.map((outcome) => this.#nextAt(outcome, now))}::timestamptz[],
          ${outcomes.map(({ verdict }) => verdict.kind)}::text[]
        ) o (enrollment_id, sent_at, claimed_until, due_at, result)
        join devices.push p on p.enrollment_id = o.enrollment_id and p.sent_at = o.sent_at
        order by p.enrollment_id for update of p)
      update devices.push p set last_result = mine.result,
        due_at = case when p.due_at < mine.claimed_until then least(p.due_at, mine.due_at) else mine.due_at end,
        attempts = case when mine.result = 'delivered' then 0 else p.attempts end
      from mine where p.enrollment_id = mine.enrollment_id`.execute(this.#context.db);
  }

  #nextAt({ push, verdict }: Outcome, now: Date): Date {
    const jitter = 0.75 + this.#context.random() / 2;
    const growing = Math.min(hourMs, (minuteMs / 2) * 2 ** Math.min(push.attempts, 10)) * jitter;
    const wait = {
      delivered: againMs,
      dropToken: againMs,
      certificateProblem: hourMs,
      ourBug: hourMs,
      backOff: 15 * minuteMs * jitter,
      retry: growing,
    }[verdict.kind];
    return new Date(now.getTime() + wait);
  }

  async #noteCertificate(outcomes: readonly Outcome[], now: Date): Promise<void> {
    const problem = outcomes.flatMap(({ verdict }) =>
      verdict.kind === 'certificateProblem' ? [verdict.reason] : [],
    )[0];
    const accepted = outcomes.some(({ verdict }) => verdict.kind === 'delivered');
    if (problem === undefined && !accepted) return;
    await this.#context.db
      .updateTable('devices.pushCertificate')
      .set({ problem: problem ?? null, problemAt: problem === undefined ? null : now })
      .$if(problem === undefined, (update) => update.where('problem', 'is not', null))
      .execute();
  }

  #report(outcomes: readonly Outcome[]): void {
    for (const { push, verdict } of outcomes) {
      if (verdict.kind === 'certificateProblem' || verdict.kind === 'ourBug')
        this.#context.log.error(
          { enrollmentId: push.enrollmentId, ...verdict },
          'Apple refused a push',
        );
    }
  }
}
