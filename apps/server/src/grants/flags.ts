import { type Intents, resolveIntents } from '@allotment/licensing';

/** What an assignment is to whom it hits. `ahead`: available, with the license taken before anybody asks. */
const hitKinds = ['required', 'available', 'ahead', 'uninstall', 'exclusion'] as const;
type HitKind = (typeof hitKinds)[number];

/**
 * What hits a device for an app is one number: a bit for each kind of hit, from users or from devices, by live or by
 * suspended assignments. SQL adds hits up with bit_or, and the rule reads the sum.
 */
function bitOf(kind: HitKind, ofUsers: boolean, suspended: boolean): number {
  const group = (ofUsers ? 0 : 1) + (suspended ? 2 : 0);
  return 1 << (hitKinds.indexOf(kind) + group * hitKinds.length);
}

const either = [false, true] as const;
const hits = hitKinds.flatMap((kind) =>
  either.map((suspended) => ({
    kind,
    suspended,
    ofUsers: bitOf(kind, true, suspended),
    ofDevices: bitOf(kind, false, suspended),
  })),
);

/** The bits as columns, for SQL. */
export const hitBits = {
  kinds: hits.map((hit) => hit.kind),
  suspended: hits.map((hit) => hit.suspended),
  ofUsers: hits.map((hit) => hit.ofUsers),
  ofDevices: hits.map((hit) => hit.ofDevices),
};

/** What the hits of a device come to: by those that stand now (live), and with those of deleted groups (whole). */
export interface Meaning {
  readonly live: Effect;
  readonly whole: Effect;
  /** An exclusion takes targets away. */
  readonly excluded: boolean;
}

interface Effect extends Intents {
  /** Available, and the license is taken before anybody asks. */
  readonly ahead: boolean;
  /** Whose targets are not excluded. */
  readonly byUsers: boolean;
  readonly byDevices: boolean;
}

/**
 * Reads a sum of hits by the one rule (Law 7). An exclusion takes away the targets of its own kind only (L39a).
 *
 * @param flags a sum of the bits of `hitBits`
 */
export function meaningOf(flags: number): Meaning {
  const live = (kind: HitKind, ofUsers: boolean): boolean =>
    (flags & bitOf(kind, ofUsers, false)) !== 0;
  const any = (kind: HitKind, ofUsers: boolean): boolean =>
    live(kind, ofUsers) || (flags & bitOf(kind, ofUsers, true)) !== 0;
  const whole = effectOf(any);
  return {
    live: effectOf(live),
    whole,
    excluded: either.some(
      (ofUsers) =>
        any('exclusion', ofUsers) &&
        hitKinds.some((kind) => kind !== 'exclusion' && any(kind, ofUsers)),
    ),
  };
}

function effectOf(has: (kind: HitKind, ofUsers: boolean) => boolean): Effect {
  const stands = (ofUsers: boolean): boolean => !has('exclusion', ofUsers);
  const intents = (ofUsers: boolean): Intents => ({
    required: stands(ofUsers) && has('required', ofUsers),
    available: stands(ofUsers) && (has('available', ofUsers) || has('ahead', ofUsers)),
    uninstall: stands(ofUsers) && has('uninstall', ofUsers),
  });
  const resolved = resolveIntents(intents(true), intents(false));
  const ahead = either.some((ofUsers) => stands(ofUsers) && has('ahead', ofUsers));
  return {
    ...resolved,
    ahead: resolved.available && ahead,
    byUsers: stands(true),
    byDevices: stands(false),
  };
}
