export {
  type Applicability,
  type DeviceTraits,
  type TitleRequirements,
  applicability,
  compareVersions,
} from './applicability.ts';
export type { AssetChanges, Rectangle, RequestLimits } from './packing/types.ts';
export { packChanges } from './packing.ts';
export { type BrakeDecision, brakeAllowance, decideBrake } from './brake.ts';
export {
  type InstallView,
  type LicenseState,
  type StatusFacts,
  installView,
  licenseState,
  noLicensesLeft,
} from './install-view.ts';
export { nextSyncAt, outagePauseMs, retryDelayMs, syncIntervalMs } from './timing.ts';
