import { build, type PlistValue } from 'plist';

import type { Dictionary } from './mdm-server.ts';
import { PASSWORD } from './openssl.ts';

export const PROFILE_TYPE = 'application/x-apple-aspen-config';
export const TOPIC = 'com.apple.mgmt.External.11111111-2222-4333-8444-555555555555';
export const IDENTITY_UUID = '0D2F64A3-5B73-4D5C-8B4A-2F0A2B8E3C11';

/** The parts of an enrollment profile, to be bent by tests. */
export interface ProfileParts {
  readonly outer: Dictionary;
  readonly mdm: Dictionary;
  readonly identity: Dictionary;
}

/** A right profile. @param server where the device is to check in */
export function profileParts(server: string, pkcs12: Buffer): ProfileParts {
  return {
    outer: common('Configuration', 'profile', '8E6A8C70-5A0B-4A2B-9D25-6C1F0E9B7A01'),
    identity: {
      ...common('com.apple.security.pkcs12', 'identity', IDENTITY_UUID),
      PayloadContent: pkcs12,
      Password: PASSWORD,
    },
    mdm: {
      ...common('com.apple.mdm', 'mdm', '3C4B5A69-7887-4695-A4B3-C2D1E0F9A802'),
      IdentityCertificateUUID: IDENTITY_UUID,
      Topic: TOPIC,
      ServerURL: `${server}/connect`,
      CheckInURL: `${server}/checkin`,
      SignMessage: true,
      AccessRights: 8191,
      CheckOutWhenRemoved: true,
    },
  };
}

export function profileXml({ outer, mdm, identity }: ProfileParts): string {
  return build({ ...outer, PayloadContent: [identity, mdm] as PlistValue[] });
}

/** The same without one key. */
export function without(dictionary: Dictionary, key: string): Dictionary {
  const { [key]: _removed, ...rest } = dictionary;
  return rest;
}

function common(type: string, name: string, uuid: string): Dictionary {
  return {
    PayloadType: type,
    PayloadVersion: 1,
    PayloadIdentifier: `org.example.enrollment.${name}`,
    PayloadUUID: uuid,
    PayloadDisplayName: name,
  };
}
