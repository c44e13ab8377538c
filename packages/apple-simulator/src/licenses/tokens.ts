import type { Random } from '../core/random.ts';
import type { Location } from './location.ts';

const MS_PER_DAY = 86_400_000;

export type TokenState = 'valid' | 'revoked' | 'legacy' | 'facilitator';

export interface TokenInput {
  readonly contentManager?: string | undefined;
  /** Days from now, negative for an expired one; default a year. */
  readonly expiresInDays?: number | undefined;
  readonly state?: TokenState | undefined;
  readonly readOnly?: boolean | undefined;
}

/** A content token: what is in the downloaded `.vpptoken` file. */
export interface ContentToken {
  /** The file's text, which is the bearer value too. */
  readonly text: string;
  /** The secret inside it, which is no bearer value. */
  readonly inner: string;
  readonly location: Location;
  readonly contentManager: string;
  /** Simulated ms since the epoch. */
  expiresAt: number;
  readonly readOnly: boolean;
  state: TokenState;
  /** Real times of the requests of the last second. */
  recentRequests: number[];
}

/** All content tokens ever handed out. */
export class TokenStore {
  readonly #byText = new Map<string, ContentToken>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random.fork('tokens');
  }

  /** Hands out a token. It revokes the older ones of the same content manager, as downloading a new one does. */
  issue(location: Location, input: TokenInput, now: number): ContentToken {
    const contentManager = input.contentManager ?? 'content-manager';
    const expiresAt = now + (input.expiresInDays ?? 365) * MS_PER_DAY;
    const state = input.state ?? 'valid';
    if (state === 'valid' && expiresAt > now) this.revoke(location, contentManager);
    const inner = Buffer.from(this.#random.hex(64), 'hex').toString('base64');
    const content = {
      token: inner,
      expDate: appleDate(expiresAt),
      orgName: location.organization.name,
    };
    const token: ContentToken = {
      text: Buffer.from(JSON.stringify(content)).toString('base64'),
      inner,
      location,
      contentManager,
      expiresAt,
      readOnly: input.readOnly ?? false,
      state,
      recentRequests: [],
    };
    this.#byText.set(token.text, token);
    return token;
  }

  /** Revokes the valid tokens of a location, or of one of its content managers. Answers how many. */
  revoke(location: Location, contentManager?: string): number {
    const tokens = this.#valid(location, contentManager);
    for (const token of tokens) token.state = 'revoked';
    return tokens.length;
  }

  /** Lets the valid tokens of a location, or of one of its content managers, expire now. Answers how many. */
  expire(location: Location, now: number, contentManager?: string): number {
    const tokens = this.#valid(location, contentManager).filter((token) => token.expiresAt > now);
    for (const token of tokens) token.expiresAt = now;
    return tokens.length;
  }

  find(text: string): ContentToken | undefined {
    return this.#byText.get(text);
  }

  of(location: Location): ContentToken[] {
    return [...this.#byText.values()].filter((token) => token.location === location);
  }

  #valid(location: Location, contentManager: string | undefined): ContentToken[] {
    return this.of(location).filter(
      (token) =>
        token.state === 'valid' &&
        (contentManager === undefined || token.contentManager === contentManager),
    );
  }
}

/** Apple's form of a time: `2030-11-08T22:33:22+0000`, whole seconds, UTC, no colon in the offset. */
export function appleDate(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}+0000`;
}
