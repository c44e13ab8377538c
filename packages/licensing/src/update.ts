const minuteMs = 60_000;
const minutesADay = 24 * 60;
const dayMs = minutesADay * minuteMs;

/** Tries at one version before it needs a person, or the next version. */
export const mostUpdateTries = 3;

/** The hours in which apps may be updated by themselves, in minutes of the day of a time zone; `to` may be past midnight. */
export interface MaintenanceWindow {
  readonly from: number;
  readonly to: number;
  /** An IANA name, such as `Europe/Berlin`. */
  readonly timeZone: string;
}

/** What is known of one managed app on one device and of the version that the store has. */
export interface UpdateFacts {
  /** Apple's external version identifiers grow with every version; null: not known. */
  readonly installed: number | null;
  readonly newest: number | null;
  /** What the content token says (behaviors 39, 40). */
  readonly automatic: boolean;
  /** What the assignment says; it counts where the token says yes (behavior L46). */
  readonly prevented: boolean;
  /** No assignment requires the app any more, and it is kept all the same (behaviors L41, L42). */
  readonly kept: boolean;
  /** The device is locked to one app: nothing is updated inside (behavior L45). */
  readonly kiosk: boolean;
  /** Somebody asks for it now, who at a kiosk has lifted the lock. */
  readonly asked: boolean;
  /** The device's system is new enough for the newest version. */
  readonly runs: boolean;
  /** What the device was told last. */
  readonly told: { readonly version: number; readonly tries: number; readonly at: Date } | null;
}

/** What is to be done about a version, or why nothing is. */
export type UpdateVerdict =
  | 'current'
  | 'automaticOff'
  | 'prevented'
  | 'unassigned'
  | 'systemTooOld'
  /** The device was told within the last day: it may be locked, or the app in use (behaviors L43, L44). */
  | 'told'
  | 'givenUp'
  | 'kiosk'
  | 'outsideWindow'
  | 'update';

/**
 * Whether a device is to be told to update an app. The same version is told again after a day and not forever, so that
 * a store that shows different versions in different countries makes no loop.
 *
 * @param window undefined: at any time
 */
export function updateVerdict(
  { installed, newest, automatic, prevented, kept, kiosk, asked, runs, told }: UpdateFacts,
  window: MaintenanceWindow | undefined,
  now: Date,
): UpdateVerdict {
  if (installed === null || newest === null || newest <= installed) return 'current';
  if (kept) return 'unassigned';
  if (!automatic) return 'automaticOff';
  if (prevented) return 'prevented';
  if (!runs) return 'systemTooOld';
  if (kiosk && asked) return 'update';
  if (told?.version === newest) {
    if (now.getTime() - told.at.getTime() < dayMs) return 'told';
    if (told.tries >= mostUpdateTries) return 'givenUp';
  }
  if (kiosk) return 'kiosk';
  return window === undefined || isWithin(window, now) ? 'update' : 'outsideWindow';
}

/** Whether it is time, by the clocks of the window's place. */
export function isWithin({ from, to, timeZone }: MaintenanceWindow, now: Date): boolean {
  const minute = minuteOfDay(timeZone, now);
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** When the window opens next. On a day when the clocks change it may be found still closed, and asked again. */
export function nextOpening({ from, timeZone }: MaintenanceWindow, now: Date): Date {
  const minutes = (from - minuteOfDay(timeZone, now) + minutesADay) % minutesADay || minutesADay;
  return new Date(Math.floor(now.getTime() / minuteMs) * minuteMs + minutes * minuteMs);
}

function minuteOfDay(timeZone: string, now: Date): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hour: 'numeric',
    minute: 'numeric',
    hourCycle: 'h23',
  }).formatToParts(now);
  const partOf = (type: string): number =>
    Number(parts.find((part) => part.type === type)?.value ?? 0);
  return partOf('hour') * 60 + partOf('minute');
}
