import { FieldError, PlistFields } from '../messages/plist-fields.ts';

/** What a SCEP payload says about the identity a device is to get (Apple: SCEP payload). */
export interface ScepSettings {
  readonly url: string;
  /** Which of a server's authorities is meant; empty: it has only one. */
  readonly name: string;
  /** Parts of the subject, in order: attribute and value. */
  readonly subject: readonly (readonly [attribute: string, value: string])[];
  readonly challenge: string | undefined;
  readonly keySize: number;
  /** Bits: 1 sign, 4 encrypt. */
  readonly keyUsage: number;
  /** Hash of the authority's certificate: MD5, SHA-1, SHA-256 or SHA-512 by its length. */
  readonly fingerprint: Uint8Array | undefined;
  readonly altNames: readonly AltName[];
  /** How often a device asks again while the server puts it off. */
  readonly retries: number;
  readonly retryDelayMs: number;
}

export interface AltName {
  readonly type: 'email' | 'dns' | 'url' | 'upn';
  readonly value: string;
}

const KEY_SIZES = [1024, 2048, 4096];
const ALT_NAMES: Readonly<Record<string, AltName['type']>> = {
  rfc822Name: 'email',
  dNSName: 'dns',
  uniformResourceIdentifier: 'url',
  ntPrincipalName: 'upn',
};

/** Reads a payload of type com.apple.security.scep. @throws FieldError */
export function readScepSettings(payload: PlistFields): ScepSettings {
  const content = new PlistFields(payload.required('PayloadContent', 'dictionary'), 'SCEP');
  const url = content.required('URL', 'string');
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw content.wrong('URL', 'must be a URL');
  const keySize = content.optional('Keysize', 'integer') ?? 1024;
  if (!KEY_SIZES.includes(keySize))
    throw content.wrong('Keysize', `must be one of ${KEY_SIZES.join(', ')}`);
  if ((content.optional('Key Type', 'string') ?? 'RSA') !== 'RSA')
    throw content.wrong('Key Type', 'can only be "RSA"');
  return {
    url,
    name: content.optional('Name', 'string') ?? '',
    subject: readSubject(content),
    challenge: content.optional('Challenge', 'string'),
    keySize,
    keyUsage: content.optional('Key Usage', 'integer') ?? 0,
    fingerprint: content.optional('CAFingerprint', 'data'),
    altNames: readAltNames(content),
    retries: content.optional('Retries', 'integer') ?? 3,
    retryDelayMs: (content.optional('RetryDelay', 'integer') ?? 10) * 1000,
  };
}

/** `[[["O", "Example"]], [["CN", "device"]]]`. */
function readSubject(content: PlistFields): [string, string][] {
  return (content.optional('Subject', 'array') ?? []).map((part, position) => {
    const pair: unknown = Array.isArray(part) && part.length === 1 ? part[0] : undefined;
    const [attribute, value, ...more]: unknown[] = Array.isArray(pair) ? pair : [];
    if (typeof attribute !== 'string' || typeof value !== 'string' || more.length > 0)
      throw content.wrong(`Subject[${position}]`, 'must hold one pair of texts');
    return [attribute, value];
  });
}

function readAltNames(content: PlistFields): AltName[] {
  const names = content.optional('SubjectAltName', 'dictionary') ?? {};
  return Object.entries(names).flatMap(([key, value]) => {
    const type = ALT_NAMES[key];
    if (type === undefined) return [];
    return (Array.isArray(value) ? value : [value]).map((text) => {
      if (typeof text !== 'string')
        throw new FieldError(`SCEP.SubjectAltName.${key} must be text.`);
      return { type, value: text };
    });
  });
}
