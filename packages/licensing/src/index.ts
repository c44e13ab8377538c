export {
  type Applicability,
  type DeviceTraits,
  type NotApplicableReason,
  type TitleRequirements,
  applicability,
  compareVersions,
  systemIsTooOld,
} from './applicability.ts';
export {
  type BrakeDecision,
  brakeAllowance,
  decideBrake,
  decideIrrevocable,
  irrevocableAllowance,
} from './brake.ts';
export {
  type ComingEnd,
  type Departure,
  type EndReason,
  type Ending,
  type GraceReason,
  type Graces,
  type OnUnassign,
  departureReasons,
  endOf,
  endingOf,
  graceReasons,
  lostAgain,
  lostAgainMs,
  reasonWithoutDevice,
} from './ending.ts';
export {
  type ConfigurationValue,
  type DeviceSettings,
  type ResolvedSettings,
  type SettingsOffer,
  deviceSettings,
} from './device-settings.ts';
export {
  type InstallView,
  type LicenseState,
  type StatusFacts,
  installView,
  licenseState,
  noLicenseAtApple,
  noLicensesLeft,
} from './install-view.ts';
export {
  type Hit,
  type Intent,
  type Intents,
  type Outcome,
  type TargetKind,
  intentsOf,
  outcomeOf,
  resolveIntents,
} from './intents.ts';
export { type LicenseType, type Precedence, byPrecedence, licenseTypeFor } from './license-type.ts';
export {
  type Arrival,
  type Seats,
  type Waiting,
  arrivalOrder,
  byCheckIn,
  freeSeats,
  lineOrder,
} from './line.ts';
export { type Division, type Trial, narrowDown } from './narrowing.ts';
export type { AssetChanges, Rectangle, RequestLimits } from './packing/types.ts';
export { packChanges } from './packing.ts';
export { type PromptFacts, type Prompts, promptsFor } from './prompts.ts';
export { type ServedDevice, serve } from './served-devices.ts';
export { nextSyncAt, outagePauseMs, retryDelayMs, syncIntervalMs } from './timing.ts';
export {
  type MaintenanceWindow,
  type UpdateFacts,
  type UpdateVerdict,
  isWithin,
  mostUpdateTries,
  nextOpening,
  updateVerdict,
} from './update.ts';
export { type Forecast, type WhatIf, forecast } from './what-if.ts';
