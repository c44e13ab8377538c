export const units = ['minutes', 'hours', 'days'] as const;
export type Unit = (typeof units)[number];

export interface Duration {
  readonly amount: number;
  readonly unit: Unit;
}

const minutesOf: Readonly<Record<Unit, number>> = { minutes: 1, hours: 60, days: 24 * 60 };

/** In the largest unit in which it is whole; nothing is 0 days. */
export function durationOf(minutes: number): Duration {
  const unit = (['days', 'hours', 'minutes'] as const).find(
    (one) => minutes % minutesOf[one] === 0,
  );
  return unit === undefined
    ? { amount: minutes, unit: 'minutes' }
    : { amount: minutes / minutesOf[unit], unit };
}

export function minutesIn({ amount, unit }: Duration): number {
  return amount * minutesOf[unit];
}

const two = (part: number): string => String(part).padStart(2, '0');

/** 1320 → "22:00": a minute of the day as a time field has it. */
export function timeOf(minute: number): string {
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** "22:00" → 1320; undefined for anything else. */
export function minuteOf(time: string): number | undefined {
  const found = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time);
  return found === null ? undefined : Number(found[1]) * 60 + Number(found[2]);
}
