import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

const algorithm = 'aes-256-gcm';
const ivLength = 12;
const tagLength = 16;
const formatVersion = 1;

/** A sealed value that this key, or this place, does not open. Says nothing of the content. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

/**
 * Seals secrets for the database with AES-256-GCM, bound to the place they lie in (Law 10): a value copied to another
 * table, column or row does not open.
 */
export class SecretBox {
  readonly #key: Buffer;

  /** @param key 32 bytes */
  constructor(key: Buffer) {
    if (key.length !== 32) throw new SealError('The secret key must be 32 bytes.');
    this.#key = key;
  }

  /** @param place table, column and row, such as `library.token.secret:<id>` */
  seal(plain: string | Buffer, place: string): Buffer {
    const iv = randomBytes(ivLength);
    const cipher = createCipheriv(algorithm, this.#key, iv);
    cipher.setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([Buffer.of(formatVersion), iv, cipher.getAuthTag(), sealed]);
  }

  /** @throws SealError when the key or the place is another one */
  open(sealed: Buffer, place: string): Buffer {
    if (sealed.length < 1 + ivLength + tagLength || sealed[0] !== formatVersion) {
      throw new SealError(`What is stored in ${place} is not a sealed value.`);
    }
    const decipher = createDecipheriv(algorithm, this.#key, sealed.subarray(1, 1 + ivLength));
    decipher.setAAD(Buffer.from(place));
    decipher.setAuthTag(sealed.subarray(1 + ivLength, 1 + ivLength + tagLength));
    try {
      return Buffer.concat([
        decipher.update(sealed.subarray(1 + ivLength + tagLength)),
        decipher.final(),
      ]);
    } catch (cause) {
      throw new SealError(`What is stored in ${place} was sealed with another secret key.`, {
        cause,
      });
    }
  }

  /** The value as text. @throws SealError */
  openText(sealed: Buffer, place: string): string {
    return this.open(sealed, place).toString('utf8');
  }

  /** A key for another use, derived from this one: same use, same key. */
  derive(use: string): Buffer {
    return createHmac('sha256', this.#key).update(`allotment:${use}`).digest();
  }
}
