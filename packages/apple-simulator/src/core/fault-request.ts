import type { Static, TObject } from 'typebox';
import { Value } from 'typebox/value';

import type { Random } from './random.ts';

/**
 * What a fault concerns: for example `{location, path}` or `{serialNumber}`. A fault that names less fits
 * more; `*` in a value stands for any text.
 */
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
  /** Settings for a schedule of chance; without it, the defaults. */
  readonly draw?: (random: Random) => Partial<Static<Settings>>;
}

export interface FaultRequest {
  readonly kind: string;
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  readonly scope?: FaultScope | undefined;
  /** How often it strikes before it is over. */
  readonly times?: number | undefined;
  /** Chance (0 to 1) each time it could strike. Default 1. */
  readonly probability?: number | undefined;
  /** Simulated seconds from now until it begins. Default 0. */
  readonly afterSeconds?: number | undefined;
  /** Simulated seconds from its beginning to its end. Default: without end. */
  readonly forSeconds?: number | undefined;
}

/** A fault that is switched on. */
export interface Fault {
  readonly id: string;
  readonly kind: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly scope: FaultScope;
  readonly times: number | undefined;
  readonly probability: number;
  /** Simulated ms since the epoch. */
  readonly from: number;
  /** Simulated ms since the epoch; the fault no longer strikes then. */
  readonly until: number;
  struck: number;
}

/** Thrown for a fault that is unknown or set wrongly; the message says what to write instead. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
}

/**
 * A fault as asked for, with its settings filled in.
 * @param now simulated ms
 * @throws FaultError for wrong settings or a scope the kind does not know
 */
export function faultOf(kind: FaultKind, request: FaultRequest, id: string, now: number): Fault {
  const settings = Value.Default(kind.settings, { ...request.settings });
  const [wrong] = Value.Errors(kind.settings, settings);
  if (wrong !== undefined) throw new FaultError(`settings${wrong.instancePath}: ${wrong.message}.`);
  const scope = request.scope ?? {};
  const stranger = Object.keys(scope).find((name) => !kind.scope.includes(name));
  if (stranger !== undefined) {
    throw new FaultError(
      `scope.${stranger}: "${kind.kind}" knows only ${kind.scope.join(', ') || 'no scope'}.`,
    );
  }
  const from = now + (request.afterSeconds ?? 0) * 1000;
  return {
    id,
    kind: kind.kind,
    settings: settings as Record<string, unknown>,
    scope,
    times: request.times,
    probability: request.probability ?? 1,
    from,
    until: from + (request.forSeconds ?? Number.POSITIVE_INFINITY) * 1000,
    struck: 0,
  };
}

/** Whether what is at hand is what the scope names. */
export function inScope(scope: FaultScope, at: FaultScope): boolean {
  return Object.entries(scope).every(([name, wanted]) => {
    const value = at[name];
    return value !== undefined && (wanted === value || fitsPattern(wanted, value));
  });
}

function fitsPattern(pattern: string, value: string): boolean {
  if (!pattern.includes('*')) return false;
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\/]/gu, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'u').test(value);
}
