import type { AppRow, TokenRow } from './allotment.ts';
import type { AppleCounters, SimulatedDevice } from './apple.ts';
import type { DemoOrganization } from './organization.ts';
import type { Scene, Told } from './scene.ts';
import type { TrafficReport } from './traffic.ts';

/** Both sides at the end, Allotment's and Apple's, beside what the organizations are. */
export interface Seen {
  readonly organizations: readonly DemoOrganization[];
  readonly told: Told;
  readonly tokens: readonly TokenRow[];
  readonly apps: readonly AppRow[];
  readonly books: readonly AppRow[];
  readonly counters: AppleCounters;
  /** What Apple has assigned; see {@link licenseName}. */
  readonly licenses: ReadonlySet<string>;
  readonly devices: readonly SimulatedDevice[];
  /** Undefined: Apple's schema files are not there. */
  readonly mdm: TrafficReport | undefined;
}

/** Asks both sides. */
export async function look(
  { allotment, apple, organizations }: Scene,
  told: Told,
  mdm: TrafficReport | undefined,
): Promise<Seen> {
  return {
    organizations,
    told,
    tokens: await allotment.tokens(),
    apps: await allotment.apps(),
    books: await allotment.books(),
    counters: await apple.counters(),
    licenses: new Set(
      (await apple.assignments()).map(({ uId, adamId, holder }) =>
        licenseName(uId, adamId, holder),
      ),
    ),
    devices: await apple.devices(),
    mdm,
  };
}

/** A license at Apple in a word. The organizations buy no title at two qualities, so that this is one license. */
export function licenseName(uId: string | undefined, adamId: string, holder: string): string {
  return `${uId ?? ''} ${adamId} ${holder}`;
}
