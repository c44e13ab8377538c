/** The license of a pair, the first of the three states that are never mixed (Law 2). */
export type LicenseState =
  | 'none'
  | 'waiting'
  | 'covered'
  | 'granted'
  | 'requested'
  | 'held'
  | 'found'
  | 'returning'
  | 'failed';

/** What is known of one app on one device. */
export interface StatusFacts {
  readonly demand:
    | {
        readonly wanted: boolean;
        readonly granted: boolean;
        readonly held: boolean;
        readonly found: boolean;
        readonly failure: number | null;
        /** Another asset of the title serves: no license of this one is needed (Law 1). */
        readonly covered: boolean;
        /** A request to Apple with this pair is under way. */
        readonly requested: boolean;
      }
    | undefined;
  readonly task:
    | {
        readonly state:
          | 'blocked'
          | 'commanded'
          | 'installing'
          | 'installed'
          | 'failed'
          | 'notApplicable'
          /** Told to remove the app, which is there until the device says otherwise. */
          | 'removing'
          /** The device answered that it could not remove it. */
          | 'removalFailed'
          | 'removed';
        readonly errorCode: number | null;
        readonly stateDetail: string | null;
      }
    | undefined;
  readonly applicable: boolean;
  readonly notApplicableReason: string | null;
}

/** Graph's resultantAppState and resultantAppStateDetail, with the error code behind them. */
export interface InstallView {
  readonly license: LicenseState;
  readonly installState:
    | 'installed'
    | 'failed'
    | 'notInstalled'
    | 'uninstallFailed'
    | 'pendingInstall'
    | 'notApplicable'
    | 'unknown';
  readonly installStateDetail: string;
  /** Signed 32-bit, as Graph's errorCode; 0 when there is none. */
  readonly errorCode: number;
}

/** Intune's 0x87D13B7E: no licenses are left. */
export const noLicensesLeft = 0x87d13b7e | 0;

/** Apple's number for: none of these licenses is left. */
export const noLicenseAtApple = 9709;

/**
 * The license of a pair, in one word. Who met an empty stock at Apple stands in line like everybody else: nothing is
 * tried again before Apple's counts have been read. Who is served by another asset of the title stands in no line, and
 * what Apple once said of this one is of no matter.
 */
export function licenseState(demand: StatusFacts['demand']): LicenseState {
  if (demand === undefined) return 'none';
  if (demand.found) return 'found';
  if (!demand.wanted) return demand.granted ? 'returning' : 'none';
  if (demand.held) return 'held';
  if (demand.granted) return demand.requested ? 'requested' : 'granted';
  if (demand.covered) return 'covered';
  return demand.failure === null || demand.failure === noLicenseAtApple ? 'waiting' : 'failed';
}

/**
 * What Graph and the console show for one app on one device (behaviors 76 to 78). Another asset of the title shows what
 * it installed itself: where it covers this one, nothing is installed by this one, and nothing failed.
 */
export function installView(facts: StatusFacts): InstallView {
  const license = licenseState(facts.demand);
  if (facts.task?.state === 'installed' || facts.task?.state === 'removing')
    return {
      license,
      installState: 'installed',
      installStateDetail: facts.task.stateDetail ?? 'noAdditionalDetails',
      errorCode: facts.task.errorCode ?? 0,
    };
  if (facts.task?.state === 'removalFailed')
    return {
      license,
      installState: 'uninstallFailed',
      installStateDetail: 'seeUninstallErrorCode',
      errorCode: facts.task.errorCode ?? 0,
    };
  if (!facts.applicable) {
    const detail =
      facts.notApplicableReason === 'minimumOsVersion'
        ? 'minimumOsVersionNotMet'
        : 'platformNotApplicable';
    return { license, installState: 'notApplicable', installStateDetail: detail, errorCode: 0 };
  }
  if (license === 'waiting' || license === 'failed') {
    return {
      license,
      installState: 'failed',
      installStateDetail: 'seeInstallErrorCode',
      errorCode: license === 'waiting' ? noLicensesLeft : (facts.demand?.failure ?? 0),
    };
  }
  switch (facts.task?.state) {
    case 'failed':
      return {
        license,
        installState: 'failed',
        installStateDetail: facts.task.stateDetail ?? 'seeInstallErrorCode',
        errorCode: facts.task.errorCode ?? 0,
      };
    case 'notApplicable':
      return {
        license,
        installState: 'notApplicable',
        installStateDetail: facts.task.stateDetail ?? 'platformNotApplicable',
        errorCode: 0,
      };
    case 'blocked':
    case 'commanded':
    case 'installing':
      return {
        license,
        installState: 'pendingInstall',
        installStateDetail: facts.task.stateDetail ?? 'noAdditionalDetails',
        errorCode: facts.task.errorCode ?? 0,
      };
    case 'removed':
      return {
        license,
        installState: 'notInstalled',
        installStateDetail: facts.task.stateDetail ?? 'noAdditionalDetails',
        errorCode: facts.task.errorCode ?? 0,
      };
    case undefined:
      break;
  }
  return {
    license,
    installState:
      facts.demand?.wanted === true && license !== 'covered' ? 'pendingInstall' : 'notInstalled',
    installStateDetail: 'noAdditionalDetails',
    errorCode: 0,
  };
}
