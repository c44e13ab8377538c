/** Why a license is no longer wanted, where that leaves time to change one's mind. */
export const graceReasons = [
  'unassigned',
  'excluded',
  'leftOrganization',
  'deviceRetired',
  'deviceWiped',
  'deviceDeleted',
  'deviceSilent',
] as const;
export type GraceReason = (typeof graceReasons)[number];

/**
 * Why a license is no longer wanted. What an administrator decides and what cannot be used does not wait; replaced is a
 * user license whose devices have licenses of their own now.
 */
export type EndReason = GraceReason | 'uninstall' | 'hold' | 'notApplicable' | 'replaced';

/** How a device left the use of its person. */
export const departureReasons = {
  retired: 'deviceRetired',
  wiped: 'deviceWiped',
  deleted: 'deviceDeleted',
  silent: 'deviceSilent',
  handedOver: 'unassigned',
} as const satisfies Readonly<Record<string, GraceReason>>;

/** A device that left the use of a person. */
export interface Departure {
  readonly as: keyof typeof departureReasons;
  /** Among all: the higher, the later. */
  readonly order: number;
}

/**
 * Why a license of a person is no longer wanted that serves no device in use: what the latest of their devices to leave
 * left by. Of a person who never had one nothing else is known than that no assignment reaches them.
 */
export function reasonWithoutDevice(departures: readonly Departure[]): GraceReason {
  const [latest] = departures.toSorted((a, b) => b.order - a.order);
  return latest === undefined ? 'unassigned' : departureReasons[latest.as];
}

/** How long a license is kept after its reason has gone, in minutes. */
export type Graces = Readonly<Record<GraceReason, number>>;

/** An end that was already coming. */
export interface ComingEnd {
  readonly reason: EndReason;
  readonly at: Date;
}

/**
 * When a license that is no longer wanted goes back (behaviors 62, 63, L30). While the reason stays the same, so does
 * the time; another reason counts anew.
 */
export function endOf(reason: EndReason, graces: Graces, now: Date, coming?: ComingEnd): Date {
  if (coming?.reason === reason) return coming.at;
  return new Date(now.getTime() + graceMinutes(reason, graces) * 60_000);
}

function graceMinutes(reason: EndReason, graces: Graces): number {
  switch (reason) {
    case 'uninstall':
    case 'hold':
    case 'notApplicable':
    case 'replaced':
      return 0;
    default:
      return graces[reason];
  }
}

/** What an assignment says about its end; the brief's behavior is to reclaim and remove (behavior 62). */
export type OnUnassign = 'keep' | 'reclaim' | 'reclaimAndRemove';

/** What becomes of a license and of its app. */
export interface Ending {
  readonly license: 'kept' | 'reclaimed';
  readonly app: 'stays' | 'removed';
}

/**
 * What the end of an assignment does. Its policy speaks where people or devices leave the assignment's groups; Uninstall
 * always removes (61), and taking a license back for another reason never does (60).
 */
export function endingOf(reason: EndReason, onUnassign: OnUnassign): Ending {
  if (reason === 'uninstall') return { license: 'reclaimed', app: 'removed' };
  if (reason !== 'unassigned' && reason !== 'excluded')
    return { license: 'reclaimed', app: 'stays' };
  return {
    license: onUnassign === 'keep' ? 'kept' : 'reclaimed',
    app: onUnassign === 'reclaimAndRemove' ? 'removed' : 'stays',
  };
}

/** Lost again within so long, a license is not asked for again: somebody else takes it back each time. */
export const lostAgainMs = 7 * 24 * 60 * 60 * 1000;

/**
 * Whether a license that Apple no longer shows was lost before, so that asking on would never end: it stops until a
 * person lifts it. The first loss is mended without a word.
 *
 * @param lastLostAt when it was lost before; null: never
 */
export function lostAgain(lastLostAt: Date | null, now: Date): boolean {
  return lastLostAt !== null && now.getTime() - lastLostAt.getTime() < lostAgainMs;
}
