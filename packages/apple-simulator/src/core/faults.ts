import type { Static, TObject } from 'typebox';
import { Value } from 'typebox/value';

import type { Journal } from './journal.ts';
import type { Random } from './random.ts';

/** What a fault concerns: for example `{location, path}` or `{serialNumber}`. A fault that names less fits more. */
export type FaultScope = Readonly<Record<string, string>>;

/** What can be made to go wrong, with the settings it takes. */
export interface FaultKind<Settings extends TObject = TObject> {
  /** For example `notification.lost`. */
  readonly kind: string;
  /** One sentence for the controls' documentation. */
  readonly describes: string;
  readonly settings: Settings;
  /** The names a scope may have. */
  readonly scope: readonly string[];
}

export interface FaultRequest {
  readonly kind: string;
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  readonly scope?: FaultScope | undefined;
  /** How often it strikes before it is over; without it, until taken away. */
  readonly times?: number | undefined;
  /** Chance (0 to 1) each time it could strike. Default 1. */
  readonly probability?: number | undefined;
}

export interface Fault extends FaultRequest {
  readonly id: string;
  readonly struck: number;
}

interface ActiveFault extends FaultRequest {
  readonly id: string;
  readonly scope: FaultScope;
  struck: number;
}

/** Thrown for a fault that is unknown or set wrongly; the message says what to write instead. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
}

/** A way to ask, at the place where it would strike, whether a fault of one kind strikes now. */
export interface FaultPoint<Settings> {
  /** The settings of the fault that strikes, or undefined. Asking uses one of its times up. */
  strike(scope: FaultScope): Settings | undefined;
}

/** The faults that are switched on. Each part of the simulator defines the kinds it can suffer. */
export class Faults {
  readonly #kinds = new Map<string, FaultKind>();
  readonly #active = new Map<string, ActiveFault[]>();
  readonly #random: Random;
  readonly #journal: Journal;
  #count = 0;

  constructor(random: Random, journal: Journal) {
    this.#random = random.fork('faults');
    this.#journal = journal;
  }

  /** Makes a kind of fault known to the controls and gives the point where it can strike. */
  define<Settings extends TObject>(kind: FaultKind<Settings>): FaultPoint<Static<Settings>> {
    if (this.#kinds.has(kind.kind)) throw new Error(`The fault "${kind.kind}" is defined twice.`);
    this.#kinds.set(kind.kind, kind);
    return {
      strike: (scope) => this.#strike(kind.kind, scope) as Static<Settings> | undefined,
    };
  }

  /** @throws FaultError for an unknown kind, wrong settings or a scope the kind does not know. */
  add(request: FaultRequest): Fault {
    const kind = this.#kinds.get(request.kind);
    if (kind === undefined) {
      throw new FaultError(
        `kind: there is no fault "${request.kind}". Known: ${[...this.#kinds.keys()].join(', ')}.`,
      );
    }
    const settings = Value.Default(kind.settings, { ...request.settings });
    const [wrong] = Value.Errors(kind.settings, settings);
    if (wrong !== undefined)
      throw new FaultError(`settings${wrong.instancePath}: ${wrong.message}.`);
    const stranger = Object.keys(request.scope ?? {}).find((name) => !kind.scope.includes(name));
    if (stranger !== undefined) {
      throw new FaultError(
        `scope.${stranger}: "${kind.kind}" knows only ${kind.scope.join(', ') || 'no scope'}.`,
      );
    }
    const fault: ActiveFault = {
      ...request,
      id: `fault-${++this.#count}`,
      settings: settings as Record<string, unknown>,
      scope: request.scope ?? {},
      struck: 0,
    };
    this.#active.set(kind.kind, [...(this.#active.get(kind.kind) ?? []), fault]);
    this.#journal.write('fault.added', { fault });
    return fault;
  }

  /** Takes faults away: one by id, all of a kind, or all. Answers how many. */
  remove(
    which: { readonly id?: string | undefined; readonly kind?: string | undefined } = {},
  ): number {
    let removed = 0;
    for (const [kind, faults] of this.#active) {
      if (which.kind !== undefined && which.kind !== kind) continue;
      const kept = which.id === undefined ? [] : faults.filter((fault) => fault.id !== which.id);
      removed += faults.length - kept.length;
      this.#keep(kind, kept);
    }
    if (removed > 0) this.#journal.write('fault.removed', { ...which, removed });
    return removed;
  }

  list(): Fault[] {
    return [...this.#active.values()].flat();
  }

  kinds(): FaultKind[] {
    return [...this.#kinds.values()];
  }

  #strike(kind: string, scope: FaultScope): Readonly<Record<string, unknown>> | undefined {
    for (const fault of this.#active.get(kind) ?? []) {
      const fits = Object.entries(fault.scope).every(([name, value]) => scope[name] === value);
      if (!fits || !this.#random.chance(fault.probability ?? 1)) continue;
      fault.struck++;
      if (fault.times !== undefined && fault.struck >= fault.times) {
        this.#keep(
          kind,
          (this.#active.get(kind) ?? []).filter((other) => other !== fault),
        );
      }
      this.#journal.write('fault.struck', { id: fault.id, fault: kind, ...scope });
      return fault.settings ?? {};
    }
    return undefined;
  }

  #keep(kind: string, faults: ActiveFault[]): void {
    if (faults.length === 0) this.#active.delete(kind);
    else this.#active.set(kind, faults);
  }
}
