export { releaseBrake } from './brake.ts';
export {
  type UnsentChanges,
  assignToRequest,
  moveToRequest,
  openPairs,
  reopenPairs,
  shownPairsOf,
  takeUnsent,
} from './changes.ts';
export { decisionsWait, stillInstallable, wantedOnDevice } from './read.ts';
export { type Outcome, type Pairs, settlePairs } from './settle.ts';
export { lockStock } from './stock.ts';
export { type LicenseSelection, adoptFound, liftHoldsOf, revokeLicenses } from './holds.ts';
export { releaseIrrevocable } from './irrevocable.ts';
export { requestInstall } from './requests.ts';
export {
  type LicensingSettings,
  readLicensingSettings,
  updateLicensingSettings,
} from './settings.ts';
