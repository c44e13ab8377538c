import { createHash } from 'node:crypto';
import type { Dispatcher, fetch as undiciFetch } from 'undici';
import {
  defaultLimits,
  readServiceConfig,
  type ServiceConfig,
  type ServiceLimits,
} from './answers/service-config.ts';
import { ShapeError } from './answers/read.ts';
import { Catalog } from './catalog.ts';
import type { Clock } from './clock.ts';
import { AppsAndBooksError, InvalidAnswerError } from './errors/errors.ts';
import { Channel, type ChannelSettings } from './http/channel.ts';
import { type RateLimiter, TokenBucket } from './http/rate-limiter.ts';
import { LocationCalls, type LocationCredential } from './location-calls.ts';
import { LocationClient } from './location-client.ts';

export interface AppsAndBooksOptions {
  /** Where the license service is; Apple's is https://vpp.itunes.apple.com */
  readonly url: string;
  /** Where the catalog is; Apple's is https://uclient-api.itunes.apple.com */
  readonly catalogUrl: string;
  /** undici's own. */
  readonly fetch: typeof undiciFetch;
  readonly dispatcher?: Dispatcher;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Name and version of the program, such as `Allotment/0.1`. */
  readonly userAgent: string;
  /** For one request and its whole answer; 30 s when left out. */
  readonly requestTimeoutMs?: number;
  /** The pace of one token; the key is the location's uId, or a hash of the token before it is known. */
  readonly limiter?: (key: string) => RateLimiter;
}

/** Apple asks to read the service configuration again every five minutes. */
const configLifetimeMs = 5 * 60_000;
const configRetryMs = 30_000;

interface CachedConfig {
  readonly config: ServiceConfig;
  readonly until: number;
}

/** Apple's App and Book Management API, version 2, and the catalog lookup beside it. One object for a program. */
export class AppsAndBooks {
  readonly catalog: Catalog;
  readonly #url: string;
  readonly #settings: ChannelSettings;
  readonly #limiter: (key: string) => RateLimiter;
  readonly #channels = new Map<string, Channel>();
  readonly #service: Channel;
  #config: CachedConfig | undefined;
  #reading: Promise<ServiceConfig> | undefined;

  constructor(options: AppsAndBooksOptions) {
    this.#url = withSlash(options.url);
    this.#settings = {
      fetch: options.fetch,
      dispatcher: options.dispatcher,
      clock: options.clock,
      random: options.random,
      userAgent: options.userAgent,
      requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
    };
    this.#limiter = options.limiter ?? (() => new TokenBucket(options.clock));
    this.#service = new Channel(this.#settings, new TokenBucket(options.clock));
    this.catalog = new Catalog(
      withSlash(options.catalogUrl),
      new Channel(this.#settings, new TokenBucket(options.clock)),
    );
  }

  /**
   * Apple's live limits and notification types, at most five minutes old. While Apple does not answer, the last known
   * configuration serves on.
   *
   * @see https://developer.apple.com/documentation/devicemanagement/service-configuration
   * @throws AppsAndBooksError when none was ever read
   */
  async serviceConfig(signal: AbortSignal): Promise<ServiceConfig> {
    signal.throwIfAborted();
    return this.#freshConfig() ?? abortable(this.#read(), signal);
  }

  /**
   * What Apple allows at a time. The call that finds this unknown or old has it read and goes ahead at the pace known
   * so far: one call is within any pace. Those that come meanwhile wait.
   */
  async #limits(signal: AbortSignal): Promise<ServiceLimits> {
    if (this.#freshConfig() !== undefined || this.#reading !== undefined) {
      return (await this.serviceConfig(signal)).limits;
    }
    signal.throwIfAborted();
    // Who needs it next and finds it still unread asks again, and is told why then.
    this.#read().catch(() => undefined);
    return this.#config?.config.limits ?? defaultLimits;
  }

  #freshConfig(): ServiceConfig | undefined {
    const known = this.#config;
    if (known === undefined || this.#settings.clock.now().getTime() >= known.until)
      return undefined;
    return known.config;
  }

  /** One reading serves all who ask meanwhile. */
  async #read(): Promise<ServiceConfig> {
    this.#reading ??= this.#readConfig().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** The client of one location. Cheap: clients of one location share their pace. */
  location(credential: LocationCredential): LocationClient {
    return new LocationClient(
      new LocationCalls(credential, {
        baseUrl: this.#url,
        channel: this.#channelOf(credential),
        limits: async (signal) => this.#limits(signal),
      }),
    );
  }

  #channelOf(credential: LocationCredential): Channel {
    const key = credential.uId ?? createHash('sha256').update(credential.sToken).digest('hex');
    const known = this.#channels.get(key);
    if (known !== undefined) return known;
    const channel = new Channel(this.#settings, this.#limiter(key));
    this.#channels.set(key, channel);
    return channel;
  }

  /** Shared by all who wait for it, so no single caller's signal ends it; its own tries and time-outs do. */
  async #readConfig(): Promise<ServiceConfig> {
    const { clock } = this.#settings;
    try {
      const config = await this.#fetchConfig();
      this.#config = { config, until: clock.now().getTime() + configLifetimeMs };
      return config;
    } catch (error) {
      if (this.#config === undefined || !(error instanceof AppsAndBooksError)) throw error;
      this.#config = { config: this.#config.config, until: clock.now().getTime() + configRetryMs };
      return this.#config.config;
    }
  }

  async #fetchConfig(): Promise<ServiceConfig> {
    const url = new URL('mdm/v2/service/config', this.#url);
    const fields = await this.#service.get(
      { method: 'GET', url, headers: {}, secrets: [] },
      defaultLimits.maxRequestPerSecond,
      new AbortController().signal,
    );
    try {
      return readServiceConfig(fields);
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      throw new InvalidAnswerError(`GET ${url.pathname}`, error.path, error.expected);
    }
  }
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

/** Leaves when the signal aborts; the work itself goes on for the others. @throws the signal's reason */
async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const leave = (): void => reject(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
