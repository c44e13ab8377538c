import { type Check, checksOf } from './checks.ts';
import { expectations, isDue } from './expected.ts';
import { total } from './scene.ts';
import type { Seen } from './seen.ts';
import type { TrafficReport } from './traffic.ts';

/** The contract's last line of stdout. */
export interface Report {
  readonly tokens: number;
  readonly assets: number;
  readonly licenses: { readonly owned: number; readonly held: number; readonly waiting: number };
  readonly devices: {
    readonly enrolled: number;
    readonly installed: number;
    readonly failed: number;
  };
  readonly apple: { readonly associateRequests: number; readonly pairs: number };
  /** Messages that were compared with Apple's schema files; null where those are not there. */
  readonly mdm: TrafficReport | null;
  readonly seconds: number;
  readonly checks: readonly Check[];
}

/**
 * Sums up what both sides show, and checks it.
 *
 * @param startedAt when the demo began, on the clock of `performance`
 */
export function report(seen: Seen, startedAt: number): Report {
  const { tokens, apps, counters, devices, mdm } = seen;
  const expected = expectations(seen);
  const incomplete = new Set(
    expected.filter((one) => isDue(one) && !one.managed).map((one) => one.device.serialNumber),
  );
  const enrolled = devices.filter((device) => device.enrolled);
  const complete = enrolled.filter(({ serialNumber }) => !incomplete.has(serialNumber));
  return {
    tokens: tokens.length,
    assets: Object.values(counters.locations).flatMap((location) => location.assets).length,
    licenses: {
      owned: apps.reduce((sum, app) => sum + (app.owned ?? 0), 0),
      held: total(apps, 'held'),
      waiting: total(apps, 'waiting'),
    },
    devices: {
      enrolled: enrolled.length,
      installed: complete.length,
      failed: devices.length - complete.length,
    },
    apple: {
      associateRequests: counters.total['associateRequests'] ?? 0,
      pairs: counters.total['pairs'] ?? 0,
    },
    mdm: mdm ?? null,
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
    checks: checksOf(seen, expected),
  };
}
