import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Problem } from '../errors.ts';

interface Cost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

const cost: Cost = { n: 2 ** 15, r: 8, p: 3 };
const keyLength = 32;
const derive = promisify<
  string,
  Buffer,
  number,
  { readonly N: number; readonly r: number; readonly p: number; readonly maxmem: number },
  Buffer
>(scrypt);

/** @throws Problem `weakPassword` unless the password has 12 to 256 characters */
export function checkPassword(password: string): void {
  if (password.length >= 12 && password.length <= 256) return;
  throw new Problem(
    'badRequest',
    'weakPassword',
    'password must have at least 12 characters, 256 at most.',
    {
      field: 'password',
    },
  );
}

/** Hashes a password with scrypt; the text holds the cost and the salt. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await run(password, salt, cost);
  return ['scrypt', cost.n, cost.r, cost.p, salt.toString('base64'), key.toString('base64')].join(
    '$',
  );
}

/**
 * Whether a password is the one that was hashed. Takes the same time when there is nothing to compare with, so that
 * nobody learns which names exist.
 */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [scheme, n, r, p, salt, key] = (hash ?? '').split('$');
  if (scheme !== 'scrypt' || salt === undefined || key === undefined) {
    await run(password, Buffer.alloc(16), cost);
    return false;
  }
  const expected = Buffer.from(key, 'base64');
  const actual = await run(password, Buffer.from(salt, 'base64'), {
    n: Number(n),
    r: Number(r),
    p: Number(p),
  });
  return expected.length === actual.length && timingSafeEqual(actual, expected);
}

async function run(password: string, salt: Buffer, { n, r, p }: Cost): Promise<Buffer> {
  return derive(password.normalize('NFKC'), salt, keyLength, { N: n, r, p, maxmem: 256 * n * r });
}
