import { hash } from 'node:crypto';

/** Octets that SHA-1 takes in and gives out at a time. */
const BLOCK = 64;
const DIGEST = 20;

/** What a derived key is for (RFC 7292, appendix B.3). */
export const PURPOSE = { encryption: 1, initialVector: 2, mac: 3 } as const;

/**
 * Derives a key from a password as PKCS #12 does, with SHA-1 (RFC 7292, appendix B.2).
 * @param length in octets
 */
export function derivePkcs12Key(
  password: string,
  salt: Buffer,
  purpose: number,
  iterations: number,
  length: number,
): Buffer {
  const diversifier = Buffer.alloc(BLOCK, purpose);
  // Big-endian UTF-16 with a closing zero.
  const text = Buffer.from(`${password}\0`, 'utf16le').swap16();
  const input = Buffer.concat([fill(salt), fill(text)]);
  const key = Buffer.alloc(Math.ceil(length / DIGEST) * DIGEST);
  for (let start = 0; start < length; start += DIGEST) {
    let digest = sha1(Buffer.concat([diversifier, input]));
    for (let iteration = 1; iteration < iterations; iteration++) digest = sha1(digest);
    digest.copy(key, start);
    addToBlocks(input, fill(digest));
  }
  return key.subarray(0, length);
}

function sha1(octets: Buffer): Buffer {
  return hash('sha1', octets, 'buffer');
}

/** The octets over and over, up to a whole number of blocks. */
function fill(octets: Buffer): Buffer {
  return Buffer.alloc(Math.ceil(octets.length / BLOCK) * BLOCK, octets);
}

/** Adds `addend` and 1 to every block, as numbers that wrap around. */
function addToBlocks(blocks: Buffer, addend: Buffer): void {
  for (let start = 0; start < blocks.length; start += BLOCK) {
    let carry = 1;
    for (let octet = BLOCK - 1; octet >= 0; octet--) {
      const sum = blocks.readUInt8(start + octet) + addend.readUInt8(octet) + carry;
      blocks[start + octet] = sum & 0xff;
      carry = sum >> 8;
    }
  }
}
