import { type Line, holderOf } from './journal.ts';
import type { Violation } from './judge.ts';
import type { Organization } from './organization.ts';

/** Whether a location's license of an app is assigned to a device, and who said so last. */
interface License {
  readonly assigned: boolean;
  readonly ours: boolean;
}

interface LicenseOfApp extends License {
  readonly adamId: string;
}

/** What the judge must know of the organization. */
export type Known = Pick<Organization, 'titles' | 'clientUserIds'> & {
  readonly owners: Pick<Organization['owners'], 'around'>;
  /** Since when a device is to have an app without a break, in simulated ms; undefined: it is not. */
  readonly wishes: Pick<Organization['wishes'], 'since'>;
};

/** What was wanted for so long must be known to whoever tells a device to remove it. */
const knownAfterMs = 5 * 60_000;

/** Watches what enrolled devices are told, line by line of the simulator's own journal. */
export class DeviceJudge {
  readonly violations: Violation[] = [];
  /** By device or person, then by app and location. */
  readonly #licenses = new Map<string, Map<string, License>>();
  /** What each device could use when the server last answered it: what that told is carried out later. */
  readonly #answered = new Map<
    string,
    { readonly licenses: readonly LicenseOfApp[]; readonly at: string }
  >();
  readonly #organization: Known;
  readonly #adamIds: ReadonlyMap<string, string>;

  constructor(organization: Known) {
    this.#organization = organization;
    this.#adamIds = new Map(organization.titles.map(({ bundleId, adamId }) => [bundleId, adamId]));
  }

  watch(lines: readonly Line[]): void {
    for (const line of lines) {
      if (line.kind === 'assignment') this.#licenseChanged(line);
      else if (line.kind === 'command.answered') this.#serverAnswered(line);
      else if (line.kind !== 'command.received') continue;
      else if (line.requestType === 'InstallApplication') this.#installTold(line);
      else if (line.requestType === 'RemoveApplication') this.#removalTold(line);
    }
  }

  #licenseChanged(line: Line): void {
    const { uId = '', adamId = '', change, eventId } = line;
    const holder = holderOf(line);
    const licenses = this.#licenses.get(holder) ?? new Map<string, License>();
    const license = { assigned: change === 'associated', ours: eventId !== undefined };
    this.#licenses.set(holder, licenses.set(`${adamId} ${uId}`, license));
  }

  #serverAnswered({ serialNumber = '', simulatedTime }: Line): void {
    const licenses = this.#holders(serialNumber, simulatedTime)
      .flatMap((holder) => [...(this.#licenses.get(holder) ?? [])])
      .map(([key, license]) => ({ ...license, adamId: key.split(' ')[0] ?? '' }));
    this.#answered.set(serialNumber, { licenses, at: simulatedTime });
  }

  /** Whose licenses serve a device: its own, and those of its person. */
  #holders(serialNumber: string, time: string): readonly string[] {
    const { owners, clientUserIds } = this.#organization;
    const people = owners.around(serialNumber, Date.parse(time));
    return [serialNumber, ...people.flatMap(({ id }) => clientUserIds.get(id) ?? [])];
  }

  /** What somebody else took back, the server may not know yet. */
  #installTold({ serialNumber = '', adamId = '' }: Line): void {
    const answered = this.#answered.get(serialNumber);
    const licenses = answered?.licenses.filter((one) => one.adamId === adamId) ?? [];
    if (licenses.some(({ assigned, ours }) => assigned || !ours)) return;
    const rule = licenses.length === 0 ? 'installedBeforeLicense' : 'installedAfterLicense';
    this.#add(rule, serialNumber, adamId, `told at ${answered?.at}`);
  }

  #removalTold({ serialNumber = '', bundleId = '' }: Line): void {
    const adamId = this.#adamIds.get(bundleId) ?? '';
    const since = this.#organization.wishes.since(serialNumber, adamId);
    const at = this.#answered.get(serialNumber)?.at ?? '';
    if (since === undefined || Date.parse(at) - since < knownAfterMs) return;
    const detail = `told at ${at}, wanted since ${new Date(since).toISOString()}`;
    this.#add('removedThoughWanted', serialNumber, adamId, detail);
  }

  #add(rule: string, serialNumber: string, adamId: string, detail: string): void {
    this.violations.push({ rule, pair: `any/${adamId}/STDQ ${serialNumber}`, detail });
  }
}
