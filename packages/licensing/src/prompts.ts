import type { LicenseType } from './license-type.ts';

/** A device and a license, as far as they decide what its person is asked. */
export interface PromptFacts {
  readonly licenseType: LicenseType;
  readonly supervised: boolean;
  /** Runs one app for whoever stands before it. */
  readonly kiosk: boolean;
  readonly userEnrollment: boolean;
  /** The person's account is one that the organization made: Apple ties it without asking. */
  readonly managedAccount: boolean;
  /** The person accepted the invitation before. */
  readonly invited: boolean;
}

/** What a person is asked before an app of the organization is there. */
export interface Prompts {
  readonly invitation: boolean;
  readonly install: boolean;
  readonly signIn: boolean;
  /** It cannot be carried out as it should, and why. */
  readonly discouraged: 'kioskWithUserLicense' | null;
}

/**
 * What a person is asked until an app is installed (behaviors 50 to 57): a user license asks for the person's Apple
 * Account and, once, whether the organization may license to it; a device without supervision asks before it installs.
 * A kiosk has nobody who could sign in (behavior 58).
 */
export function promptsFor(facts: PromptFacts): Prompts {
  const byUser = facts.licenseType === 'user';
  if (facts.kiosk && byUser)
    return {
      invitation: false,
      install: false,
      signIn: false,
      discouraged: 'kioskWithUserLicense',
    };
  const own = byUser && !facts.managedAccount && !facts.userEnrollment;
  return {
    invitation: own && !facts.invited,
    install: !facts.supervised,
    signIn: own,
    discouraged: null,
  };
}
