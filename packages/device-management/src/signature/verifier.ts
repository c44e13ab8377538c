import { createHash, verify, X509Certificate, type KeyObject } from 'node:crypto';
import { SignatureError } from '../errors.ts';
import { readDetachedSignature } from './cms.ts';

/** Who signed a message. */
export interface SignerCertificate {
  /** Lower-case hex over the DER. */
  certificateSha256: string;
  commonName: string | undefined;
  /** The whole subject, a line a name. */
  subject: string;
  /** The authority that issued it: lower-case hex over its DER. */
  authoritySha256: string;
  notBefore: Date;
  notAfter: Date;
}

/** Who signed a message, and when. */
export interface MessageSigner extends SignerCertificate {
  /** By the clock of the signer, to the second; undefined where the signature does not say. */
  signedAt?: Date | undefined;
}

interface KnownCertificate {
  signer: SignerCertificate;
  publicKey: KeyObject;
}

export interface SignatureVerifierOptions {
  /** PEM or DER of the authorities that issue device identities, each directly. */
  authorities: readonly (string | Buffer)[];
  /** How many certificates' chain verdicts are remembered. */
  remembered?: number;
}

/** Longer than any signature a device makes with the certificates it is given. */
const MAX_HEADER_CHARACTERS = 24 * 1024;

/**
 * Verifies `Mdm-Signature` headers: a detached CMS signature over the raw body by a certificate
 * one of the given authorities issued. That a certificate was issued by an authority is checked
 * once and remembered; digest, signature and validity are checked every time.
 * @see https://developer.apple.com/documentation/devicemanagement/mdm (SignMessage)
 */
export class SignatureVerifier {
  readonly #authorities: readonly X509Certificate[];
  readonly #remembered: number;
  /** In order of last use, the oldest first. */
  readonly #known = new Map<string, KnownCertificate>();

  constructor(options: SignatureVerifierOptions) {
    this.#authorities = options.authorities.map((pem) => new X509Certificate(pem));
    this.#remembered = options.remembered ?? 10_000;
  }

  /**
   * @param header the header's value, base64
   * @param body the request's body, byte for byte
   * @throws SignatureError
   */
  verify(header: string | undefined, body: Uint8Array, now: Date): MessageSigner {
    const cms = readDetachedSignature(decodeHeader(header));
    const { publicKey, signer } = this.#valid(cms.certificate, now);
    const attributes = cms.signedAttributes;
    if (
      attributes &&
      !createHash(cms.digest).update(body).digest().equals(attributes.messageDigest)
    )
      throw new SignatureError('digestMismatch', 'the signature belongs to another body');
    if (
      publicKey.asymmetricKeyType !== cms.keyType ||
      !verify(cms.digest, attributes?.encoded ?? body, publicKey, cms.signature)
    )
      throw new SignatureError('signatureMismatch', 'the signature does not fit its certificate');
    return { ...signer, signedAt: attributes?.signingTime };
  }

  /**
   * Checks a certificate whose key's possession was proven otherwise, in a TLS handshake.
   *
   * @param der the certificate
   * @throws SignatureError when no authority issued it, or it is not valid now
   */
  check(der: Buffer, now: Date): SignerCertificate {
    return this.#valid(der, now).signer;
  }

  #valid(der: Buffer, now: Date): KnownCertificate {
    const known = this.#trusted(der);
    if (now < known.signer.notBefore)
      throw new SignatureError(
        'certificateNotYetValid',
        'the signing certificate is not valid yet',
      );
    if (now > known.signer.notAfter)
      throw new SignatureError('certificateExpired', 'the signing certificate has expired');
    return known;
  }

  #trusted(der: Buffer): KnownCertificate {
    const certificateSha256 = createHash('sha256').update(der).digest('hex');
    const known = this.#known.get(certificateSha256) ?? this.#check(der, certificateSha256);
    this.#known.delete(certificateSha256);
    this.#known.set(certificateSha256, known);
    if (this.#known.size > this.#remembered) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    return known;
  }

  #check(der: Buffer, certificateSha256: string): KnownCertificate {
    const certificate = parseCertificate(der);
    const issuer = this.#authorities.find((authority) => isIssuedBy(certificate, authority));
    if (certificate.ca || issuer === undefined)
      throw new SignatureError(
        'certificateUntrusted',
        'the signing certificate was not issued for a device of this organization',
      );
    return {
      publicKey: certificate.publicKey,
      signer: {
        certificateSha256,
        commonName: commonName(certificate),
        subject: certificate.subject,
        authoritySha256: issuer.fingerprint256.replaceAll(':', '').toLowerCase(),
        notBefore: certificate.validFromDate,
        notAfter: certificate.validToDate,
      },
    };
  }
}

function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

function parseCertificate(der: Buffer): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch (cause) {
    throw new SignatureError('malformed', 'the signing certificate cannot be read', { cause });
  }
}

function commonName(certificate: X509Certificate): string | undefined {
  const name: unknown = certificate.toLegacyObject().subject?.CN;
  return typeof name === 'string' ? name : undefined;
}

function decodeHeader(header: string | undefined): Buffer {
  if (!header) throw new SignatureError('missing', 'the message carries no Mdm-Signature');
  if (header.length > MAX_HEADER_CHARACTERS)
    throw new SignatureError('malformed', 'the Mdm-Signature is too long');
  const text = header.replace(/[ \t]/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text))
    throw new SignatureError('malformed', 'the Mdm-Signature is not base64');
  return Buffer.from(text, 'base64');
}
