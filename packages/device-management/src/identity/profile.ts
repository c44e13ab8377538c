import { X509Certificate } from 'node:crypto';
import type { PlistDictionary } from '../plist/values.ts';
import { writePlist } from '../plist/write.ts';

/** The bits of AccessRights this product asks for: it can neither lock nor erase a device. */
export const ACCESS_RIGHTS = {
  deviceInformation: 16,
  listApps: 256,
  /** The organization's name in prompts, and the configuration of an installed app. A later profile cannot add it. */
  settings: 2048,
  manageApps: 4096,
} as const;

const LEAST_RIGHTS = Object.values(ACCESS_RIGHTS).reduce((sum, bit) => sum | bit, 0);

/** An identity made here: the key travels in the profile. */
export interface Pkcs12Identity {
  pkcs12: Buffer;
  password: string;
  name: string;
}

/** An identity whose key the device makes itself, and whose certificate it asks a SCEP server for. */
export interface ScepIdentity {
  scepUrl: string;
  /** What the SCEP server calls the authority; left out when empty. */
  name: string;
  /** The common name the device asks for; the server may give it another one. */
  commonName: string;
  challenge: string | undefined;
  /** Digest of the authority's certificate, which the device compares. */
  caFingerprint: Buffer;
}

/** A person's own device, which keeps what is theirs to itself. */
export interface UserEnrollment {
  /** The Managed Apple Account of the person. */
  managedAppleId: string;
  /**
   * How it began: the person signed in with the account in Settings (account-driven, from iOS 15 and macOS 14), or
   * opened a profile, which iOS 18 and macOS 15 do not take any more. An update of a profile can never change this.
   */
  by: 'account' | 'profile';
}

export interface EnrollmentProfile {
  /** Shown to the person who installs it. */
  organization: string;
  /** Reverse-DNS; the same for every profile of this server, so that a new one replaces the old. */
  identifier: string;
  /** https, with the path. Can never change for an enrolled device; neither can the topic. */
  serverUrl: string;
  checkInUrl: string;
  /** `com.apple.mgmt.…`, as in the push certificate. */
  topic: string;
  identity: Pkcs12Identity | ScepIdentity;
  /** Left out: the device is managed as a whole. */
  userEnrollment?: UserEnrollment | undefined;
  /** Authorities the device is to trust, such as the one of a private TLS certificate. PEM. */
  trustedRoots?: readonly string[];
  /** Makes the payloads' UUIDs. */
  uuid: () => string;
}

/**
 * The configuration profile that enrolls a device, as an XML property list; served as
 * `application/x-apple-aspen-config`.
 * @see https://developer.apple.com/documentation/devicemanagement/mdm
 */
export function buildEnrollmentProfile(profile: EnrollmentProfile): Buffer {
  const identityUuid = newUuid(profile);
  return writePlist({
    ...payload(profile, 'Configuration', profile.identifier, newUuid(profile)),
    PayloadDisplayName: `${profile.organization}: device management`,
    PayloadDescription: `Lets ${profile.organization} install, set up and remove the apps it provides, and see the apps and the state of this device. It cannot lock or erase it.`,
    PayloadScope: 'System',
    PayloadRemovalDisallowed: false,
    PayloadContent: [
      ...(profile.trustedRoots ?? []).map((pem, index) => rootPayload(profile, pem, index)),
      identityPayload(profile, identityUuid),
      managementPayload(profile, identityUuid),
    ],
  });
}

function managementPayload(profile: EnrollmentProfile, identityUuid: string): PlistDictionary {
  return {
    ...payload(profile, 'com.apple.mdm', `${profile.identifier}.mdm`, newUuid(profile)),
    PayloadDisplayName: 'Device management',
    IdentityCertificateUUID: identityUuid,
    Topic: profile.topic,
    ServerURL: profile.serverUrl,
    CheckInURL: profile.checkInUrl,
    SignMessage: true,
    ...modeOf(profile),
    CheckOutWhenRemoved: true,
    // macOS and Shared iPad need it, and an update of the profile can never add it.
    ServerCapabilities: ['com.apple.mdm.per-user-connections'],
  };
}

/** A device under User Enrollment ignores rights: Apple sets them. */
function modeOf({ userEnrollment }: EnrollmentProfile): PlistDictionary {
  switch (userEnrollment?.by) {
    case undefined:
      return { AccessRights: LEAST_RIGHTS };
    case 'account':
      return { EnrollmentMode: 'BYOD', AssignedManagedAppleID: userEnrollment.managedAppleId };
    case 'profile':
      return { ManagedAppleID: userEnrollment.managedAppleId };
  }
}

function identityPayload(profile: EnrollmentProfile, uuid: string): PlistDictionary {
  const { identity } = profile;
  if ('scepUrl' in identity) return scepPayload(profile, identity, uuid);
  return {
    ...payload(profile, 'com.apple.security.pkcs12', `${profile.identifier}.identity`, uuid),
    PayloadDisplayName: identity.name,
    PayloadCertificateFileName: 'identity.p12',
    PayloadContent: identity.pkcs12,
    Password: identity.password,
  };
}

/** @see https://developer.apple.com/documentation/devicemanagement/scep */
function scepPayload(
  profile: EnrollmentProfile,
  { scepUrl, name, commonName, challenge, caFingerprint }: ScepIdentity,
  uuid: string,
): PlistDictionary {
  return {
    ...payload(profile, 'com.apple.security.scep', `${profile.identifier}.identity`, uuid),
    PayloadDisplayName: 'Device identity',
    PayloadContent: {
      URL: scepUrl,
      ...(name === '' ? {} : { Name: name }),
      Subject: [[['CN', commonName]]],
      ...(challenge === undefined ? {} : { Challenge: challenge }),
      // 1,024 bits where it is left out.
      Keysize: 2048,
      'Key Type': 'RSA',
      // Signing, and encrypting for the SCEP exchange itself.
      'Key Usage': 5,
      CAFingerprint: caFingerprint,
      Retries: 3,
      RetryDelay: 10,
      KeyIsExtractable: false,
    },
  };
}

function rootPayload(profile: EnrollmentProfile, pem: string, index: number): PlistDictionary {
  const identifier = `${profile.identifier}.root${index + 1}`;
  return {
    ...payload(profile, 'com.apple.security.root', identifier, newUuid(profile)),
    PayloadDisplayName: `${profile.organization}: certificate authority`,
    PayloadCertificateFileName: `root${index + 1}.cer`,
    PayloadContent: new X509Certificate(pem).raw,
  };
}

function payload(
  profile: EnrollmentProfile,
  type: string,
  identifier: string,
  uuid: string,
): PlistDictionary {
  return {
    PayloadType: type,
    PayloadVersion: 1,
    PayloadIdentifier: identifier,
    PayloadUUID: uuid,
    PayloadOrganization: profile.organization,
  };
}

function newUuid(profile: EnrollmentProfile): string {
  return profile.uuid().toUpperCase();
}
