import { until } from '@allotment/demo';
import type { Actor } from '../../../src/audit/record.ts';
import type { Context } from '../../../src/context.ts';
import {
  createToken,
  type NewToken,
  readToken,
  syncProgress,
  type TokenRow,
} from '../../../src/library/index.ts';
import type { Harness } from '../../support/harness.ts';

export const administrator: Actor = { kind: 'administrator', id: 'a-1', name: 'Ada' };

/** A location at Apple in a box, with what it owns. */
export interface AppleLocation {
  readonly uId: string;
  readonly name: string;
}

/** Titles of the simulator's catalog. */
export const keynote = '361285480';
export const pages = '361309726';
export const book = '1900000007';

export class TestApple {
  readonly #harness: Harness;

  constructor(harness: Harness) {
    this.#harness = harness;
  }

  async location(name: string, kind: 'business' | 'school' = 'business'): Promise<AppleLocation> {
    const made = await this.#harness.apple.post<{ locations: AppleLocation[] }>(
      '/_control/organizations',
      { name, kind },
    );
    const [location] = made.locations;
    if (location === undefined) throw new Error('An organization has at least one location.');
    return location;
  }

  /** Buys licenses; without a quantity the free title becomes unlimited. */
  async buy(location: AppleLocation, adamId: string, quantity?: number): Promise<void> {
    const purchase = quantity === undefined ? { adamId } : { adamId, quantity };
    await this.control('purchases', { uId: location.uId, purchases: [purchase] });
  }

  /** The text of a .vpptoken file. */
  async tokenFile(location: AppleLocation, more: object = {}): Promise<string> {
    return this.#harness.apple.text('/_control/tokens', { uId: location.uId, ...more });
  }

  /** Devices of somebody else's making get a license. */
  async assign(
    location: AppleLocation,
    adamId: string,
    holders: { readonly serialNumbers?: string[]; readonly clientUserIds?: string[] },
    operation: 'associate' | 'disassociate' = 'associate',
  ): Promise<void> {
    await this.control('assignments', {
      uId: location.uId,
      operation,
      notify: false,
      assignments: [{ adamId, ...holders }],
    });
  }

  async fault(kind: string, settings: object = {}, more: object = {}): Promise<void> {
    await this.control('faults', { kind, settings, ...more });
  }

  async control(path: string, body: object): Promise<void> {
    await this.#harness.apple.post(`/_control/${path}`, body);
  }
}

/** Uploads a file as an administrator does, with what the form asks for filled in. */
export async function upload(
  context: Context,
  token: string,
  more: Partial<NewToken> = {},
): Promise<string> {
  const { id } = await createToken(
    context,
    { token, appleId: 'manager@example.org', countryOrRegion: 'us', ...more },
    administrator,
  );
  return id;
}

/** Waits until no sync of a token waits or runs. */
export async function synced(context: Context, tokenId: string): Promise<TokenRow> {
  return until('the sync to end', 20_000, async () => {
    if ((await syncProgress(context.db, tokenId)) !== undefined) return undefined;
    return readToken(context.db, tokenId);
  });
}

/** The titles of a location as mirrored, by Adam ID. */
export async function assetsOf(context: Context, uid: string) {
  return context.db
    .selectFrom('library.asset')
    .selectAll()
    .where('locationUid', '=', uid)
    .orderBy('adamId')
    .execute();
}

/** Who holds a title at Apple, as mirrored: serial numbers and clientUserIds. */
export async function holdersOf(context: Context, assetId: number): Promise<readonly string[]> {
  const rows = await context.db
    .selectFrom('library.license as license')
    .innerJoin('library.holder as holder', 'holder.id', 'license.holderId')
    .select('holder.key')
    .where('license.assetId', '=', assetId)
    .where('license.present', '=', true)
    .orderBy('holder.key')
    .execute();
  return rows.map((row) => row.key);
}
