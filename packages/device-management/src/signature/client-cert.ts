import { SignatureError } from '../errors.ts';

/** Several times the certificates that devices are given. */
const MAX_HEADER_CHARACTERS = 8 * 1024;

/**
 * The certificate in a `Client-Cert` header, as a proxy that ended the device's TLS writes it: the DER as a byte
 * sequence of RFC 8941, base64 between colons. An empty one, which some proxies write for "no certificate", is none.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9440#section-2.2
 * @returns the DER; undefined when the header is absent or empty
 * @throws SignatureError `malformed` when it is anything else, also two certificates in one header
 */
export function readClientCert(header: string | undefined): Buffer | undefined {
  const text = header?.trim() ?? '';
  if (text === '' || text === '::') return undefined;
  const base64 = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(text)?.[1];
  if (base64 === undefined || text.length > MAX_HEADER_CHARACTERS)
    throw new SignatureError(
      'malformed',
      'the Client-Cert of the proxy is not one certificate in base64 between colons (RFC 9440)',
    );
  return Buffer.from(base64, 'base64');
}
