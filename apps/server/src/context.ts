import { AppsAndBooks } from '@allotment/apps-and-books';
import type { Kysely } from 'kysely';
import type pg from 'pg';
import type { Logger } from 'pino';
import { Agent, type Dispatcher, ProxyAgent, fetch } from 'undici';
import type { Config } from './config/config.ts';
import { readSettingFile } from './config/read-file.ts';
import type { LocationLocks } from './library/location-lock.ts';
import { publicLookup } from './library/public-lookup.ts';
import type { SecretBox } from './config/secret-box.ts';
import type { DB } from './db/generated/tables.ts';
import type { LateHints } from './db/hints.ts';
import { SharedPace } from './db/pace.ts';
import type { Listener } from './db/listener.ts';
import type { Clock } from './schedule/clock.ts';

/** What every room is given: made once, in `server.ts`; tests replace parts through `Overrides`. */
export interface Context {
  readonly config: Config;
  /** This installation's id: Apple sees it as `mdmInfo.id`. */
  readonly installationId: string;
  /** 32 bytes: makes Apple's names of our people. */
  readonly peopleKey: Buffer;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly pool: pg.Pool;
  readonly db: Kysely<DB>;
  /** For what runs many times a second, its statements planned once; see `openPreparedDatabase`. */
  readonly preparedDb: Kysely<DB>;
  readonly hints: LateHints;
  readonly locationLocks: LocationLocks;
  readonly secrets: SecretBox;
  readonly listener: Listener;
  readonly apple: AppsAndBooks;
  /** For other calls to Apple's configured addresses: trusts the configured CA and goes through the configured proxy. */
  readonly appleDispatcher: Dispatcher;
  /** For addresses that others tell us: reaches the public internet alone. Behind a proxy, that looks names up. */
  readonly publicDispatcher: Dispatcher;
  /** PEM of the CA that Apple's names are checked against; undefined: the system's. */
  readonly appleCa: string | undefined;
  /** Aborted at shutdown. */
  readonly signal: AbortSignal;
}

/** The user agent that Apple sees. */
export const userAgent = 'Allotment/0.1';

/** The way to Apple: connections, trust and proxy. */
export async function openApple(
  config: Config,
  clock: Clock,
  random: () => number,
  db: Kysely<DB>,
): Promise<Pick<Context, 'apple' | 'appleDispatcher' | 'publicDispatcher' | 'appleCa'>> {
  const appleCa =
    config.apple.caFile === undefined
      ? undefined
      : await readSettingFile('ALLOTMENT_APPLE_CA_FILE', config.apple.caFile);
  const connect = appleCa === undefined ? {} : { ca: appleCa };
  const appleDispatcher =
    config.apple.proxy === undefined
      ? new Agent({ connect, connections: 16 })
      : new ProxyAgent({ uri: config.apple.proxy.href, requestTls: connect });
  const publicDispatcher =
    config.apple.proxy === undefined
      ? new Agent({ connect: { ...connect, lookup: publicLookup }, connections: 16 })
      : appleDispatcher;
  const apple = new AppsAndBooks({
    url: config.apple.url.href,
    catalogUrl: config.apple.catalogUrl.href,
    fetch,
    dispatcher: appleDispatcher,
    clock,
    random,
    userAgent,
    requestTimeoutMs: config.apple.timeoutMs,
    limiter: (location) => new SharedPace(db, clock, location),
  });
  return { apple, appleDispatcher, publicDispatcher, appleCa };
}
