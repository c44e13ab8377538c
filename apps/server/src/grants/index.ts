export { releaseBrake } from './brake.ts';
export { adoptFound } from './adopt.ts';
export {
  type UnsentChanges,
  type Carried,
  assignToRequests,
  leaveToOthers,
  moveToRequest,
  openPairs,
  postponePairs,
  reopenPairs,
  shownPairsOf,
  takeUnsent,
} from './changes.ts';
export { decisionsWait, isInstallable, isReadable, isWished, passRuns } from './read.ts';
export { type Outcome, type Pairs, settleDone, settlePairs } from './settle.ts';
export { lockStock, seats } from './stock.ts';
export {
  type LicenseSelection,
  liftHoldsOf,
  revokeAgreed,
  revokeArrived,
  revokeLicenses,
} from './holds.ts';
export {
  type LocationLicenses,
  assetsOfLocation,
  closeLocation,
  keepAsHistory,
  licensesOfLocation,
  reopenLocation,
} from './location.ts';
export { servedTwice } from './served-twice.ts';
export { awaitsPersonsRelease, placesInLine, waits } from './rows.ts';
export { releaseIrrevocable } from './irrevocable.ts';
export { reasonsNotApplicable } from './applicable.ts';
export { unfitDevices } from './unfit.ts';
export { type Explained, explainPair } from './explain.ts';
export { type Rehearsal, rehearse, type RehearsedHolder } from './rehearse.ts';
export { listRequests, type RequestRow, requestTitle, withdrawRequest } from './requests.ts';
export {
  type LicensingSettings,
  readLicensingSettings,
  updateLicensingSettings,
} from './settings.ts';
