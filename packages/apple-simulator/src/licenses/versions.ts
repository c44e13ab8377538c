import type { SimulatedClock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';

/** 100 ns steps between the start of the Gregorian calendar and 1970 (RFC 9562, version 1). */
const GREGORIAN_OFFSET = 122_192_928_000_000_000n;
const MS_PER_DAY = 86_400_000;

/** Makes version 1 UUIDs from simulated time, whose milliseconds can be broken; every one differs from the one before. */
export function createUuidV1(clock: SimulatedClock, random: Random): () => string {
  const node = random.hex(12);
  const sequence = random.integer(0x8000, 0xbfff).toString(16);
  let last = 0n;
  return () => {
    const time = BigInt(Math.floor(clock.now())) * 10_000n + GREGORIAN_OFFSET;
    last = time > last ? time : last + 1n;
    const digits = last.toString(16).padStart(15, '0');
    return `${digits.slice(7)}-${digits.slice(3, 7)}-1${digits.slice(0, 3)}-${sequence}-${node}`;
  };
}

interface Version {
  readonly id: string;
  readonly change: number;
  readonly at: number;
}

/**
 * The versions of one list: each change has a number, and a versionId handed out stands for all
 * changes up to its own.
 */
export class VersionLog {
  readonly #mint: () => string;
  readonly #clock: SimulatedClock;
  readonly #versions = new Map<string, Version>();
  #current: Version | undefined;
  #change = 0;

  constructor(clock: SimulatedClock, mint: () => string) {
    this.#clock = clock;
    this.#mint = mint;
  }

  /** Notes a change and gives its number; the next versionId handed out is a new one. */
  touch(): number {
    this.#current = undefined;
    return ++this.#change;
  }

  /** Simulated time, ms. */
  get now(): number {
    return this.#clock.now();
  }

  /** The number of the latest change. */
  get change(): number {
    return this.#change;
  }

  /** The versionId of the list as it is now. */
  current(): string {
    if (this.#current === undefined) {
      this.#current = { id: this.#mint(), change: this.#change, at: this.#clock.now() };
      this.#versions.set(this.#current.id, this.#current);
    }
    return this.#current.id;
  }

  /** The number of the last change that `id` includes; undefined when unknown or too old. */
  changeOf(id: string, lifetimeDays: number): number | undefined {
    const version = this.#versions.get(id);
    if (version === undefined) return undefined;
    const tooOld = this.#clock.now() - version.at > lifetimeDays * MS_PER_DAY;
    return tooOld ? undefined : version.change;
  }

  /** Forgets every versionId handed out, as if all were too old. */
  forget(): void {
    this.#versions.clear();
    this.#current = undefined;
  }
}
