import { readTopics, reconnectDelayMs, staleKeys } from './live.ts';

export type LiveState = 'connecting' | 'live' | 'polling';

/** What of an EventSource is used. */
export interface LiveSource {
  addEventListener(
    type: 'open' | 'error' | 'changed',
    listener: (event: { readonly data?: string }) => void,
  ): void;
  close(): void;
}

export interface LiveOptions {
  readonly connect: () => LiveSource;
  /** Calls back after so many milliseconds; answers how to call it off. */
  readonly after: (ms: number, act: () => void) => () => void;
  /** In [0, 1). */
  readonly random: () => number;
  /** Reads anew what is shown under these first words of query keys; undefined: everything. */
  readonly refresh: (keys: ReadonlySet<string> | undefined) => void;
  readonly tell: (state: LiveState) => void;
}

/** At most one refresh in this time, however fast things change. */
const refreshEveryMs = 1000;
const pollEveryMs = 15_000;

const nothing = (): void => undefined;

/**
 * Keeps the screens up to date: by the server's events, and by reading everything now and then while there is no
 * connection.
 *
 * @returns how to end it
 */
export function keepLive(options: LiveOptions): () => void {
  let source: LiveSource | undefined;
  let failures = 0;
  let missed = false;
  let offReconnect = nothing;
  let offPoll = nothing;
  const changes = gather(options);

  const poll = (): void => {
    offPoll = options.after(pollEveryMs, () => {
      options.refresh(undefined);
      poll();
    });
  };
  const opened = (): void => {
    failures = 0;
    offPoll();
    options.tell('live');
    if (missed) options.refresh(undefined);
    missed = false;
  };
  const lost = (): void => {
    source?.close();
    missed = true;
    // The server ends each connection after a while; only when a new one fails too, it is worth telling.
    if (failures === 1) {
      options.tell('polling');
      poll();
    }
    offReconnect = options.after(reconnectDelayMs(failures, options.random()), connect);
    failures += 1;
  };
  function connect(): void {
    const made = options.connect();
    source = made;
    made.addEventListener('open', opened);
    made.addEventListener('error', () => {
      if (source === made) lost();
    });
    made.addEventListener('changed', (event) => changes.add(readTopics(event.data ?? '')));
  }

  connect();
  return () => {
    source?.close();
    source = undefined;
    offReconnect();
    offPoll();
    changes.stop();
  };
}

/** Gathers topics and refreshes for them: the first at once, then at most once in `refreshEveryMs`. */
function gather({ after, refresh }: LiveOptions): {
  add(topics: readonly string[]): void;
  stop(): void;
} {
  let waiting = new Set<string>();
  let resting = false;
  let offRest = nothing;
  const flush = (): void => {
    if (waiting.size === 0) {
      resting = false;
      return;
    }
    const keys = staleKeys(waiting);
    waiting = new Set();
    resting = true;
    if (keys.size > 0) refresh(keys);
    offRest = after(refreshEveryMs, flush);
  };
  return {
    add(topics) {
      for (const topic of topics) waiting.add(topic);
      if (!resting) flush();
    },
    stop: () => offRest(),
  };
}
