import { setTimeout as delay } from 'node:timers/promises';
import {
  type KyselyPlugin,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  type QueryResult,
  type RootOperationNode,
  type UnknownRow,
  sql,
} from 'kysely';
import type { Trx } from '../db/connect.ts';

/**
 * Single changes go first: no step of a pass of this process begins while one is being decided, and one that has begun
 * stops, so that it does not share the processors with a fleet. Steps go on between two of them.
 */
export class Turns {
  #deciding: Promise<unknown> | undefined;

  /** Decides a single change: the steps of passes wait for its end. */
  async takeFirst<T>(act: () => Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#deciding = promise;
    try {
      return await act();
    } finally {
      if (this.#deciding === promise) this.#deciding = undefined;
      resolve(undefined);
    }
  }

  /** The end of the single change that is being decided now, if any: resolves when it has been decided or has failed. */
  get deciding(): Promise<unknown> | undefined {
    return this.#deciding;
  }
}

/** How often a step that stopped looks whether somebody waits for it. */
const lookMs = 10;
/** A step stops for so long at most, in all its statements together: enough for a group that comes into another. */
const longestStopMs = 150;

/**
 * Has a step of a pass stop between two of its statements while single changes are being decided, but not so long that
 * changes without end would hold it up. It goes on when somebody waits for what it has locked, who may be that change.
 */
export class GivesWay implements KyselyPlugin {
  readonly #turns: Turns;
  readonly #trx: Trx;
  readonly #longestMs: number;
  #stoppedMs = 0;

  /**
   * @param trx the step's, without this plugin
   * @param longestMs for how long it stops at most, in milliseconds
   */
  constructor(turns: Turns, trx: Trx, longestMs: number = longestStopMs) {
    this.#turns = turns;
    this.#trx = trx;
    this.#longestMs = longestMs;
  }

  transformQuery({ node }: PluginTransformQueryArgs): RootOperationNode {
    return node;
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    const startedAt = performance.now();
    const left = (): number => this.#longestMs - this.#stoppedMs - (performance.now() - startedAt);
    while (this.#turns.deciding !== undefined && left() > 0) {
      if (await isWaitedFor(this.#trx)) break;
      await Promise.race([this.#turns.deciding, delay(lookMs)]);
    }
    this.#stoppedMs += performance.now() - startedAt;
    return result;
  }
}

/** Whether somebody waits for a lock of this transaction. */
async function isWaitedFor(trx: Trx): Promise<boolean> {
  const { rows } = await sql<{ waitedFor: boolean }>`select exists (
    select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))) as waited_for`.execute(
    trx,
  );
  return rows[0]?.waitedFor === true;
}
