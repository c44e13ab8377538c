import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  verify,
} from 'node:crypto';

import type { SimulatedClock } from '../core/clock.ts';

/** Six months: how far ahead a developer token may expire, in seconds. */
const LONGEST_LIFE = 15_777_000;

/** A key for "Apps and Books for Organizations", as a developer downloads it. */
export interface DeveloperKey {
  /** 10 characters. */
  readonly keyId: string;
  readonly teamId: string;
  /** PKCS#8 PEM. */
  readonly privateKey: string;
}

/** The keys with which developer tokens are signed (protocol reference 2.1). */
export class DeveloperKeys {
  readonly #clock: SimulatedClock;
  readonly #keys = new Map<string, { readonly teamId: string; readonly publicKey: KeyObject }>();

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  /** Makes a key and hands it out, once. */
  issue(): DeveloperKey {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const keyId = randomBytes(5).toString('hex').toUpperCase();
    const teamId = randomBytes(5).toString('hex').toUpperCase();
    this.#keys.set(keyId, { teamId, publicKey: createPublicKey(privateKey) });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    return { keyId, teamId, privateKey: String(pem) };
  }

  /** Whether an Authorization header carries a developer token that is good now. */
  accepts(authorization: string | undefined): boolean {
    const [, head = '', claims = '', signature = ''] =
      /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/u.exec(authorization ?? '') ?? [];
    const { alg, kid } = decode(head);
    const { iss, iat, exp } = decode(claims);
    const key = this.#keys.get(String(kid));
    if (alg !== 'ES256' || key === undefined || iss !== key.teamId) return false;
    if (typeof iat !== 'number' || typeof exp !== 'number') return false;
    const now = this.#clock.now() / 1000;
    if (exp <= now || exp - now > LONGEST_LIFE || iat > now + 60) return false;
    return verify(
      'sha256',
      Buffer.from(`${head}.${claims}`),
      { key: key.publicKey, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
  }
}

/** The members of a part of a JWT; none when it is no JSON object. */
function decode(part: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
