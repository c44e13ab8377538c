import { assetKey } from './assets.ts';
import type { EventType, LicenseEvent } from './event.ts';
import type { Location } from './location.ts';

export interface AssetReference {
  readonly adamId: string;
  readonly pricingParam: 'STDQ' | 'PLUS';
}

export type Target = { readonly serialNumber: string } | { readonly clientUserId: string };

export type Pair = AssetReference & Target;

/** One asset of an operation and those it goes to or comes back from. */
export interface Strip {
  readonly asset: AssetReference;
  /** The part of the work that the first target is. */
  readonly first: number;
  readonly targets: Targets;
}

/** Targets by their key, with their place after `first`. */
type Targets = ReadonlyMap<string, Target & { readonly place: number }>;

/** The strips of an operation by the key of their asset. */
export type Strips = ReadonlyMap<string, Strip>;

/** Pairs of a request that need not or must not be asked for at that moment. */
export interface Repetition {
  /** `Assigned` and `NotAssigned`: it is so already. `Open`: asked for and not done yet. `OppositeOpen`: the opposite is. */
  readonly reason: 'Assigned' | 'NotAssigned' | 'Open' | 'OppositeOpen';
  readonly pairs: readonly Pair[];
  /** The open event. */
  readonly open?: LicenseEvent;
}

/** Targets as a strip names them. */
export function targetMap(targets: readonly Target[]): Targets {
  return new Map(targets.map((target, place) => [targetKey(target), { ...target, place }]));
}

/**
 * What a request asks for again, or against what is still being done.
 * @param type of the request that was accepted just now
 */
export function findRepetitions(location: Location, type: EventType, strips: Strips): Repetition[] {
  const found: Repetition[] = [];
  for (const open of location.openEvents) {
    const pairs = shared(strips, open);
    if (pairs.length === 0) continue;
    const opposite = (open.type === 'ASSOCIATE') !== (type === 'ASSOCIATE');
    found.push({ reason: opposite ? 'OppositeOpen' : 'Open', pairs, open });
  }
  if (type === 'REVOKE') return found;
  const reason = type === 'ASSOCIATE' ? 'Assigned' : 'NotAssigned';
  const pairs = [...strips.values()].flatMap((strip) =>
    standing(location, strip, type === 'ASSOCIATE'),
  );
  return pairs.length === 0 ? found : [...found, { reason, pairs }];
}

/** Every pair of an operation. */
export function pairsOf(strips: Strips): Pair[] {
  return [...strips.values()].flatMap(({ asset, targets }) =>
    [...targets.values()].map((target) => pairOf(asset, target)),
  );
}

/** Pairs of a request that the event has not come to yet. */
function shared(strips: Strips, open: LicenseEvent): Pair[] {
  const pairs: Pair[] = [];
  // The strips of a request have their targets in common, so those are compared once.
  let common:
    | { readonly mine: Targets; readonly theirs: Targets; readonly names: string[] }
    | undefined;
  for (const [key, { asset, targets }] of strips) {
    const other = open.strips.get(key);
    if (other === undefined) continue;
    if (common?.mine !== targets || common.theirs !== other.targets) {
      common = { mine: targets, theirs: other.targets, names: inBoth(targets, other.targets) };
    }
    for (const name of common.names) {
      const target = other.targets.get(name);
      if (target === undefined || other.first + target.place < open.performed) continue;
      pairs.push(pairOf(asset, target));
    }
  }
  return pairs;
}

function inBoth(a: Targets, b: Targets): string[] {
  const [few, many] = a.size < b.size ? [a, b] : [b, a];
  return [...few.keys()].filter((name) => many.has(name));
}

/** Pairs of the strip that are assigned, or those that are not. */
function standing(location: Location, { asset, targets }: Strip, assigned: boolean): Pair[] {
  const owned = location.assets.get(assetKey(asset));
  const pairs: Pair[] = [];
  for (const target of targets.values()) {
    const holder =
      'serialNumber' in target ? target.serialNumber : location.users.active(target.clientUserId);
    const has =
      owned !== undefined && holder !== undefined && location.assignments.has(owned, holder);
    if (has === assigned) pairs.push(pairOf(asset, target));
  }
  return pairs;
}

function pairOf({ adamId, pricingParam }: AssetReference, target: Target): Pair {
  return 'serialNumber' in target
    ? { adamId, pricingParam, serialNumber: target.serialNumber }
    : { adamId, pricingParam, clientUserId: target.clientUserId };
}

/** What tells a target from the others of a request. */
export function targetKey(target: Target): string {
  return 'serialNumber' in target ? `s ${target.serialNumber}` : `u ${target.clientUserId}`;
}
