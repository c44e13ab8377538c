import type { InstallState, InstallStatus, LicenseState } from '../api/status.ts';
import { formatNumber } from '../format/numbers.ts';
import type { Tone } from '../ui/state-chip.tsx';

interface Word {
  readonly word: string;
  readonly tone: Tone;
}

export const installWords: Readonly<Record<InstallState, Word>> = {
  installed: { word: 'Installed', tone: 'good' },
  pendingInstall: { word: 'Pending', tone: 'busy' },
  failed: { word: 'Failed', tone: 'bad' },
  uninstallFailed: { word: 'Removal failed', tone: 'bad' },
  notInstalled: { word: 'Not installed', tone: 'quiet' },
  notApplicable: { word: 'Not applicable', tone: 'quiet' },
  unknown: { word: 'Unknown', tone: 'quiet' },
};

const licenseWords: Readonly<Record<LicenseState, Word>> = {
  none: { word: 'None', tone: 'quiet' },
  waiting: { word: 'Waiting', tone: 'attention' },
  covered: { word: 'Covered', tone: 'quiet' },
  granted: { word: 'Reserved', tone: 'busy' },
  requested: { word: 'Being assigned', tone: 'busy' },
  held: { word: 'Held', tone: 'good' },
  found: { word: 'Assigned elsewhere', tone: 'good' },
  returning: { word: 'Being returned', tone: 'busy' },
  failed: { word: 'Refused by Apple', tone: 'bad' },
};

/** The license in a word; who waits is told their place in line. */
export function licenseWord({ state, position }: InstallStatus['license']): Word {
  const known = licenseWords[state];
  if (state !== 'waiting' || position === null || position === undefined) return known;
  return { ...known, word: `Waiting, ${formatNumber(position)} in line` };
}

const commandWords: Readonly<Record<string, string>> = {
  queued: 'Queued',
  sent: 'Sent',
  notNow: 'Device is busy',
  acknowledged: 'Acknowledged',
  failed: 'Failed',
  canceled: 'Canceled',
};

/** What the device was told, in a word; a state this version does not know stays as it is. */
export function commandWord(state: string): string {
  return commandWords[state] ?? state;
}
