import { beforeEach, describe, expect, it } from 'vitest';
import { type LiveSource, type LiveState, keepLive } from '../src/api/keep-live.ts';
import { readTopics, reconnectDelayMs, staleKeys } from '../src/api/live.ts';

describe('what the server says', () => {
  it('is read from a changed event', () => {
    expect(readTopics('{"topics":["apps","sync",7]}')).toEqual(['apps', 'sync']);
    expect(readTopics('<html>')).toEqual([]);
    expect(readTopics('{"other":1}')).toEqual([]);
  });

  it('makes stale what shows something of it', () => {
    expect([...staleKeys(['sync', 'groups'])].sort()).toEqual([
      'apps',
      'groups',
      'people',
      'syncs',
      'tokens',
    ]);
  });

  it('may be newer than this console', () => {
    expect(staleKeys(['weather', 'constructor'])).toEqual(new Set());
  });
});

describe('reconnecting', () => {
  it('pauses longer each time, half a minute at most', () => {
    expect([0, 1, 2, 5, 50].map((failures) => reconnectDelayMs(failures, 1))).toEqual([
      1000, 2000, 4000, 30_000, 30_000,
    ]);
    expect(reconnectDelayMs(0, 0)).toBe(500);
  });
});

describe('keeping live', () => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage();
  });

  it('refreshes for a change at once, then gathers for a second', () => {
    stage.source.say('open');
    stage.source.say('changed', ['audit']);
    stage.source.say('changed', ['devices']);
    stage.source.say('changed', ['audit']);
    expect(stage.refreshed).toEqual([['audit']]);
    stage.pass(1000);
    expect(stage.refreshed).toEqual([
      ['audit'],
      ['devices', 'people', 'push-certificate', 'audit'],
    ]);
  });

  it('says nothing of a connection that the server ends and gives anew', () => {
    stage.source.say('open');
    stage.source.say('error');
    stage.pass(1000);
    stage.source.say('open');
    expect(stage.states).toEqual(['live', 'live']);
    expect(stage.refreshed).toEqual(['everything']);
  });

  it('polls while the server is away, and stops once it is back', () => {
    stage.source.say('open');
    stage.source.say('error');
    stage.pass(1000);
    stage.source.say('error');
    expect(stage.states).toEqual(['live', 'polling']);
    stage.pass(15_000);
    expect(stage.refreshed).toEqual(['everything']);
    stage.source.say('open');
    stage.pass(60_000);
    expect(stage.states.at(-1)).toBe('live');
    expect(stage.refreshed).toEqual(['everything', 'everything']);
  });

  it('ends without a trace', () => {
    stage.source.say('open');
    stage.source.say('changed', ['apps']);
    stage.end();
    expect(stage.source.isClosed).toBe(true);
    expect(stage.pending).toBe(0);
  });
});

class FakeSource implements LiveSource {
  readonly #listeners = new Map<string, (event: { readonly data?: string }) => void>();
  isClosed = false;

  addEventListener(type: string, listener: (event: { readonly data?: string }) => void): void {
    this.#listeners.set(type, listener);
  }

  say(type: string, topics: readonly string[] = []): void {
    this.#listeners.get(type)?.({ data: JSON.stringify({ topics }) });
  }

  close(): void {
    this.isClosed = true;
  }
}

/** A server, a clock and a screen. */
class Stage {
  source = new FakeSource();
  readonly states: LiveState[] = [];
  readonly refreshed: (readonly string[] | 'everything')[] = [];
  readonly end: () => void;
  readonly #timers = new Set<{ readonly due: number; readonly act: () => void }>();
  #now = 0;

  constructor() {
    this.end = keepLive({
      connect: () => {
        this.source = new FakeSource();
        return this.source;
      },
      after: (ms, act) => {
        const timer = { due: this.#now + ms, act };
        this.#timers.add(timer);
        return () => this.#timers.delete(timer);
      },
      random: () => 1,
      refresh: (keys) => this.refreshed.push(keys === undefined ? 'everything' : [...keys]),
      tell: (state) => this.states.push(state),
    });
  }

  get pending(): number {
    return this.#timers.size;
  }

  pass(ms: number): void {
    this.#now += ms;
    for (const timer of this.#timers) {
      if (timer.due > this.#now) continue;
      this.#timers.delete(timer);
      timer.act();
    }
  }
}
