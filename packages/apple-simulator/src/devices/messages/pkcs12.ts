import {
  X509Certificate,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  type KeyObject,
} from 'node:crypto';

import forge from 'node-forge';

import { elementAt, readElements, readObjectIdentifier, type Element } from './der.ts';
import type { Identity } from './mdm-signature.ts';
import { PURPOSE, derivePkcs12Key } from './pkcs12-key.ts';

/** A PKCS #12 file that a device would refuse, with the reason. */
export class Pkcs12Error extends Error {
  override readonly name = 'Pkcs12Error';
}

const OID = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  tripleDes: '1.2.840.113549.1.12.1.3',
  rc2With40Bits: '1.2.840.113549.1.12.1.6',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certificateBag: '1.2.840.113549.1.12.10.1.3',
  sha1: '1.3.14.3.2.26',
};
/**
 * Reads the one key and the one certificate of a PKCS #12 file the way Apple devices do: only the
 * encryption of PKCS #12 itself (3DES, or RC2 with 40 bits for the certificate) and an HMAC-SHA-1; the newer
 * PBES2 with AES and SHA-256 that OpenSSL 3 writes by default is refused.
 * @param bytes DER
 * @throws Pkcs12Error
 */
export function readPkcs12(bytes: Uint8Array, password: string): Identity {
  try {
    return new Pkcs12Reader(password).identity(Buffer.from(bytes));
  } catch (error) {
    if (error instanceof Pkcs12Error) throw error;
    throw new Pkcs12Error('The PKCS #12 file is damaged.', { cause: error });
  }
}

class Pkcs12Reader {
  readonly #password: string;
  readonly #keys: KeyObject[] = [];
  readonly #certificates: Buffer[] = [];

  constructor(password: string) {
    this.#password = password;
  }

  identity(bytes: Buffer): Identity {
    const fields = readElements(elementAt(readElements(bytes), 0).content);
    const contents = elementAt(fields, 1, 1, 0).content;
    if (fields[2] === undefined) throw new Pkcs12Error('The PKCS #12 file has no MAC.');
    this.#checkMac(fields[2], contents);
    for (const part of readElements(elementAt(readElements(contents), 0).content))
      this.#readPart(readElements(part.content));
    const [privateKey, ...moreKeys] = this.#keys;
    const [certificate, ...moreCertificates] = this.#certificates;
    if (privateKey === undefined || moreKeys.length > 0)
      throw new Pkcs12Error('The PKCS #12 file must hold exactly one private key.');
    if (certificate === undefined || moreCertificates.length > 0)
      throw new Pkcs12Error('The PKCS #12 file must hold exactly one certificate.');
    if (!new X509Certificate(certificate).checkPrivateKey(privateKey))
      throw new Pkcs12Error('The certificate in the PKCS #12 file is not that of its key.');
    return { privateKey, certificate };
  }

  #checkMac(macData: Element, contents: Buffer): void {
    const fields = readElements(macData.content);
    const algorithm = readObjectIdentifier(elementAt(fields, 0, 0, 0));
    if (algorithm !== OID.sha1)
      throw new Pkcs12Error(
        `The MAC of the PKCS #12 file uses ${algorithm}; devices accept only SHA-1.`,
      );
    const salt = elementAt(fields, 1).content;
    const iterations = fields[2] === undefined ? 1 : readNumber(fields[2]);
    const key = this.#derive(PURPOSE.mac, salt, iterations, 20);
    const mac = createHmac('sha1', key).update(contents).digest();
    if (!mac.equals(elementAt(fields, 0, 1).content))
      throw new Pkcs12Error('The password does not open the PKCS #12 file.');
  }

  #readPart(part: Element[]): void {
    const type = readObjectIdentifier(elementAt(part, 0));
    if (type === OID.data) {
      this.#readBags(elementAt(part, 1, 0).content);
    } else if (type === OID.encryptedData) {
      const encrypted = readElements(elementAt(part, 1, 0, 1).content);
      this.#readBags(this.#decrypt(elementAt(encrypted, 1), elementAt(encrypted, 2).content));
    } else {
      throw new Pkcs12Error(`The PKCS #12 file holds content of the unknown type ${type}.`);
    }
  }

  #readBags(bags: Buffer): void {
    for (const bag of readElements(elementAt(readElements(bags), 0).content)) {
      const fields = readElements(bag.content);
      const type = readObjectIdentifier(elementAt(fields, 0));
      if (type === OID.shroudedKeyBag) {
        this.#keys.push(this.#openKey(elementAt(fields, 1, 0)));
      } else if (type === OID.certificateBag) {
        this.#certificates.push(elementAt(fields, 1, 0, 1, 0).content);
      } else {
        throw new Pkcs12Error(
          `The PKCS #12 file holds a bag of type ${type}; devices expect an encrypted key and its certificate.`,
        );
      }
    }
  }

  #openKey(encrypted: Element): KeyObject {
    checkEncryption(readObjectIdentifier(elementAt([encrypted], 0, 0, 0)), [OID.tripleDes]);
    const passphrase = this.#password;
    return createPrivateKey({ key: encrypted.bytes, format: 'der', type: 'pkcs8', passphrase });
  }

  #decrypt(algorithm: Element, encrypted: Buffer): Buffer {
    const fields = readElements(algorithm.content);
    const type = readObjectIdentifier(elementAt(fields, 0));
    checkEncryption(type, [OID.tripleDes, OID.rc2With40Bits]);
    const salt = elementAt(fields, 1, 0).content;
    const iterations = readNumber(elementAt(fields, 1, 1));
    const vector = this.#derive(PURPOSE.initialVector, salt, iterations, 8);
    if (type === OID.rc2With40Bits)
      return decryptRc2(this.#derive(PURPOSE.encryption, salt, iterations, 5), vector, encrypted);
    const key = this.#derive(PURPOSE.encryption, salt, iterations, 24);
    const cipher = createDecipheriv('des-ede3-cbc', key, vector);
    return Buffer.concat([cipher.update(encrypted), cipher.final()]);
  }

  #derive(purpose: number, salt: Buffer, iterations: number, length: number): Buffer {
    return derivePkcs12Key(this.#password, salt, purpose, iterations, length);
  }
}

function checkEncryption(algorithm: string, accepted: readonly string[]): void {
  if (!accepted.includes(algorithm))
    throw new Pkcs12Error(
      `The PKCS #12 file is encrypted with ${algorithm}; devices accept only 3DES, and RC2 for the certificate, as PKCS #12 defines them.`,
    );
}

/** OpenSSL, and with it Node, no longer offers RC2. */
function decryptRc2(key: Buffer, vector: Buffer, encrypted: Buffer): Buffer {
  const cipher = forge.rc2.createDecryptionCipher(key.toString('latin1'), key.length * 8);
  cipher.start(vector.toString('latin1'));
  cipher.update(forge.util.createBuffer(encrypted.toString('latin1')));
  if (!cipher.finish()) throw new Pkcs12Error('The PKCS #12 file is damaged.');
  return Buffer.from(cipher.output.getBytes(), 'latin1');
}

function readNumber(element: Element): number {
  return element.content.readUIntBE(0, element.content.length);
}
