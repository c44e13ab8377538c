import { X509Certificate } from 'node:crypto';

import type { Identity } from '../messages/mdm-signature.ts';
import { readScepSettings, type ScepSettings } from '../scep/scep-settings.ts';
import { readPkcs12 } from '../messages/pkcs12.ts';
import { FieldError, PlistFields } from '../messages/plist-fields.ts';
import { parsePlist } from '../messages/plist-reader.ts';
import { isDictionary, type PlistInput } from '../messages/plist.ts';
import { ALL_RIGHTS, RIGHT } from './access-rights.ts';

/** What a device keeps of an enrollment profile. */
export interface EnrollmentProfile {
  readonly topic: string;
  readonly serverUrl: string;
  readonly checkInUrl: string;
  readonly signMessage: boolean;
  readonly accessRights: number;
  readonly checkOutWhenRemoved: boolean;
  readonly developmentPush: boolean;
  /** EnrollmentMode BYOD: User Enrollment. */
  readonly userEnrollment: boolean;
  /** AssignedManagedAppleID: for whom the server has made the profile. */
  readonly assignedAccount: string | undefined;
  /** The server speaks to people on channels of their own. */
  readonly perUser: boolean;
  /** Where the device's identity comes from. */
  readonly identitySource: IdentitySource;
  /** The profile as `ProfileList` tells it. */
  readonly listItem: { readonly [key: string]: PlistInput | undefined };
}

/** A key with its certificate that lies in the profile, or a SCEP server that certifies the device's own key. */
export type IdentitySource =
  | { readonly kind: 'pkcs12'; readonly identity: Identity }
  | { readonly kind: 'scep'; readonly settings: ScepSettings };

interface Payload {
  readonly type: string;
  readonly uuid: string;
  readonly fields: PlistFields;
  readonly listItem: { readonly [key: string]: PlistInput | undefined };
}

const UUID = /^[0-9A-Za-z]{8}(?:-[0-9A-Za-z]{4}){3}-[0-9A-Za-z]{12}$/;
const CERTIFICATE_PAYLOADS = ['com.apple.security.root', 'com.apple.security.pkcs1'];

/**
 * Reads an enrollment profile as a device does before it offers to install it.
 * Apple: MDM and Certificate (PKCS #12) payloads, top-level profile keys.
 * @param xml the profile, already taken out of its signature
 * @param now ms since the epoch; the identity has to be valid then
 * @throws FieldError, PlistError or Pkcs12Error saying what a device would not accept
 */
export function readEnrollmentProfile(xml: string, now: number): EnrollmentProfile {
  const document = parsePlist(xml);
  if (!isDictionary(document)) throw new FieldError('A profile must be a dictionary.');
  const profile = new PlistFields(document, 'profile');
  if (profile.required('PayloadType', 'string') !== 'Configuration')
    throw profile.wrong('PayloadType', 'must be "Configuration"');
  const listItem = common(profile);
  const payloads = profile.required('PayloadContent', 'array').map((entry, position) => {
    if (!isDictionary(entry))
      throw profile.wrong(`PayloadContent[${position}]`, 'must be a dictionary');
    return readPayload(new PlistFields(entry, `PayloadContent[${position}]`));
  });
  const uuids = [profile.required('PayloadUUID', 'string'), ...payloads.map(({ uuid }) => uuid)];
  if (new Set(uuids).size !== uuids.length)
    throw profile.wrong('PayloadContent', 'uses one PayloadUUID twice');
  checkCertificates(payloads);
  const [mdm, ...others] = payloads.filter(({ type }) => type === 'com.apple.mdm');
  if (mdm === undefined || others.length > 0)
    throw profile.wrong('PayloadContent', 'must hold exactly one payload of type com.apple.mdm');
  return {
    ...readMdm(mdm.fields),
    identitySource: readIdentitySource(mdm.fields, payloads, now),
    listItem: { ...listItem, PayloadContent: payloads.map((payload) => payload.listItem) },
  };
}

function readPayload(fields: PlistFields): Payload {
  const type = fields.required('PayloadType', 'string');
  const listItem = { PayloadType: type, ...common(fields) };
  return { type, uuid: fields.required('PayloadUUID', 'string'), fields, listItem };
}

function common(fields: PlistFields): Record<string, string | number | undefined> {
  const version = fields.required('PayloadVersion', 'integer');
  if (version !== 1) throw fields.wrong('PayloadVersion', 'must be 1');
  const identifier = fields.required('PayloadIdentifier', 'string');
  if (identifier === '') throw fields.wrong('PayloadIdentifier', 'must not be empty');
  const uuid = fields.required('PayloadUUID', 'string');
  if (!UUID.test(uuid)) throw fields.wrong('PayloadUUID', 'must be a UUID');
  return {
    PayloadUUID: uuid,
    PayloadIdentifier: identifier,
    PayloadVersion: version,
    PayloadDisplayName: fields.optional('PayloadDisplayName', 'string'),
    PayloadDescription: fields.optional('PayloadDescription', 'string'),
    PayloadOrganization: fields.optional('PayloadOrganization', 'string'),
  };
}

function readMdm(mdm: PlistFields): Omit<EnrollmentProfile, 'identitySource' | 'listItem'> {
  const topic = mdm.required('Topic', 'string');
  if (!topic.startsWith('com.apple.mgmt.'))
    throw mdm.wrong('Topic', 'must begin with "com.apple.mgmt."');
  const serverUrl = httpsUrl(mdm, 'ServerURL', mdm.required('ServerURL', 'string'));
  const checkInUrl = mdm.optional('CheckInURL', 'string');
  const mode = mdm.optional('EnrollmentMode', 'string');
  if (mode !== undefined && mode !== 'BYOD' && mode !== 'ADDE')
    throw mdm.wrong('EnrollmentMode', 'must be BYOD or ADDE');
  const userEnrollment = mode === 'BYOD';
  const capabilities = mdm.optional('ServerCapabilities', 'strings') ?? [];
  return {
    topic,
    serverUrl,
    checkInUrl: checkInUrl === undefined ? serverUrl : httpsUrl(mdm, 'CheckInURL', checkInUrl),
    signMessage: mdm.optional('SignMessage', 'boolean') ?? false,
    // Apple: User Enrollment ignores the rights; what it withholds, it withholds from every server.
    accessRights: userEnrollment ? ALL_RIGHTS : readAccessRights(mdm),
    checkOutWhenRemoved: mdm.optional('CheckOutWhenRemoved', 'boolean') ?? false,
    developmentPush: mdm.optional('UseDevelopmentAPNS', 'boolean') ?? false,
    userEnrollment,
    assignedAccount: mdm.optional('AssignedManagedAppleID', 'string'),
    perUser: capabilities.includes('com.apple.mdm.per-user-connections'),
  };
}

function httpsUrl(fields: PlistFields, key: string, url: string): string {
  if (!url.startsWith('https://') || !URL.canParse(url))
    throw fields.wrong(key, 'must be a URL that begins with https://');
  return url;
}

function readAccessRights(mdm: PlistFields): number {
  const rights = mdm.required('AccessRights', 'integer');
  if (rights < 1 || rights > ALL_RIGHTS)
    throw mdm.wrong('AccessRights', `must be from 1 to ${ALL_RIGHTS}`);
  if ((rights & RIGHT.changeProfiles) !== 0 && (rights & RIGHT.listProfiles) === 0)
    throw mdm.wrong('AccessRights', 'must hold 1 where it holds 2');
  if ((rights & RIGHT.changeProvisioning) !== 0 && (rights & RIGHT.listProvisioning) === 0)
    throw mdm.wrong('AccessRights', 'must hold 64 where it holds 128');
  return rights;
}

function readIdentitySource(
  mdm: PlistFields,
  payloads: readonly Payload[],
  now: number,
): IdentitySource {
  const wanted = mdm.required('IdentityCertificateUUID', 'string');
  const payload = payloads.find(({ uuid }) => uuid === wanted);
  if (payload === undefined)
    throw mdm.wrong('IdentityCertificateUUID', `names no payload of this profile (${wanted})`);
  switch (payload.type) {
    case 'com.apple.security.pkcs12':
      return { kind: 'pkcs12', identity: readIdentity(payload.fields, now) };
    case 'com.apple.security.scep':
      return { kind: 'scep', settings: readScepSettings(payload.fields) };
    default:
      throw mdm.wrong(
        'IdentityCertificateUUID',
        `names a payload of type ${payload.type}; simulated devices take com.apple.security.pkcs12 and com.apple.security.scep`,
      );
  }
}

function readIdentity(payload: PlistFields, now: number): Identity {
  const password = payload.optional('Password', 'string');
  if (password === undefined)
    throw payload.wrong('Password', 'is missing; the person would have to type it');
  const identity = readPkcs12(payload.required('PayloadContent', 'data'), password);
  const certificate = new X509Certificate(identity.certificate);
  if (now < Date.parse(certificate.validFrom) || now > Date.parse(certificate.validTo))
    throw payload.wrong('PayloadContent', 'holds a certificate that is not valid today');
  return identity;
}

function checkCertificates(payloads: readonly Payload[]): void {
  for (const { type, fields } of payloads) {
    if (!CERTIFICATE_PAYLOADS.includes(type)) continue;
    const content = fields.required('PayloadContent', 'data');
    try {
      void new X509Certificate(content);
    } catch (error) {
      throw new FieldError('A certificate payload holds no certificate.', { cause: error });
    }
  }
}
