import type { Line } from './journal.ts';
import type { Violation } from './judge.ts';
import type { Title } from './organization.ts';

/** Whether a location's license of an app is assigned to a device, and who said so last. */
interface License {
  readonly assigned: boolean;
  readonly ours: boolean;
}

interface Known extends License {
  readonly adamId: string;
}

/** Since when a device is to have an app without a break, in simulated ms; undefined: it is not. */
export type WantedSince = (serialNumber: string, adamId: string) => number | undefined;

/** What was wanted for so long must be known to whoever tells a device to remove it. */
const knownAfterMs = 5 * 60_000;

/** Watches what enrolled devices are told, line by line of the simulator's own journal. */
export class DeviceJudge {
  readonly violations: Violation[] = [];
  /** By device, then by app and location. */
  readonly #licenses = new Map<string, Map<string, License>>();
  /** The same for each device as it was when the server last answered it: what that told is carried out later. */
  readonly #answered = new Map<
    string,
    { readonly licenses: readonly Known[]; readonly at: string }
  >();
  readonly #wantedSince: WantedSince;
  readonly #adamIds: ReadonlyMap<string, string>;

  constructor(titles: readonly Title[], wantedSince: WantedSince) {
    this.#adamIds = new Map(titles.map(({ bundleId, adamId }) => [bundleId, adamId]));
    this.#wantedSince = wantedSince;
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

  #licenseChanged({ uId = '', adamId = '', serialNumber, change, eventId }: Line): void {
    if (serialNumber === undefined) return;
    const licenses = this.#licenses.get(serialNumber) ?? new Map<string, License>();
    const license = { assigned: change === 'associated', ours: eventId !== undefined };
    this.#licenses.set(serialNumber, licenses.set(`${adamId} ${uId}`, license));
  }

  #serverAnswered({ serialNumber = '', simulatedTime }: Line): void {
    const licenses = [...(this.#licenses.get(serialNumber) ?? [])].map(([key, license]) => ({
      ...license,
      adamId: key.split(' ')[0] ?? '',
    }));
    this.#answered.set(serialNumber, { licenses, at: simulatedTime });
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
    const since = this.#wantedSince(serialNumber, adamId);
    const at = this.#answered.get(serialNumber)?.at ?? '';
    if (since === undefined || Date.parse(at) - since < knownAfterMs) return;
    const detail = `told at ${at}, wanted since ${new Date(since).toISOString()}`;
    this.#add('removedThoughWanted', serialNumber, adamId, detail);
  }

  #add(rule: string, serialNumber: string, adamId: string, detail: string): void {
    this.violations.push({ rule, pair: `any/${adamId}/STDQ ${serialNumber}`, detail });
  }
}
