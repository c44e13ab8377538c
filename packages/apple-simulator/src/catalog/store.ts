import { setTimeout as pause } from 'node:timers/promises';

import { Type } from 'typebox';

import type { Core } from '../core/world.ts';
import type { Catalog } from './catalog.ts';
import type { CatalogTitle } from './title.ts';

/** Who a content token stands for, as far as the store cares. */
export interface TokenHolder {
  readonly uId: string;
  owns(adamId: string): boolean;
}

/** The store as its two interfaces see it. */
export interface Store {
  readonly core: Core;
  readonly catalog: Catalog;
  /** Whom a valid content token belongs to. */
  holderOf(contentToken: string): TokenHolder | undefined;
  readonly faults: ReturnType<typeof defineFaults>;
}

/** What a request says about who asks and where. */
export interface Visitor {
  /** ISO 3166-1 alpha-2 in any case. */
  readonly storefront: string;
  readonly holder: TokenHolder | undefined;
}

export function createStore(
  core: Core,
  catalog: Catalog,
  holderOf: (contentToken: string) => TokenHolder | undefined,
): Store {
  return { core, catalog, holderOf, faults: defineFaults(core) };
}

/** The content token in the cookie `itvt`. */
export function contentTokenOf(cookie: string | undefined): string | undefined {
  return /(?:^|;\s*)itvt=([^;]+)/u.exec(cookie ?? '')?.[1];
}

/**
 * Whether a visitor sees a title: never where the storefront does not have it; custom and delisted
 * titles only with a token of a location that owns them.
 */
export function isVisible(title: CatalogTitle, { storefront, holder }: Visitor): boolean {
  if (title.absentIn.includes(storefront.toLowerCase())) return false;
  return (!title.custom && !title.delisted) || (holder?.owns(title.adamId) ?? false);
}

/** Lets the store's faults strike a request. Resolves to the status it is refused with, if it is. */
export async function strikeVisit(
  { faults }: Store,
  path: string,
): Promise<{ readonly status: number; readonly retryAfter: number | undefined } | undefined> {
  const slow = faults.slow.strike({ path });
  if (slow) await pause(slow.ms, undefined, { ref: false });
  const refused = faults.refused.strike({ path });
  return refused && { status: refused.status, retryAfter: refused.retryAfterSeconds };
}

/** Writes down who asked for what and what was found. */
export function journalVisit(
  { core }: Store,
  path: string,
  { storefront, holder }: Visitor,
  ids: readonly string[],
  found: readonly string[],
): void {
  core.journal.write('catalog.request', {
    path,
    storefront: storefront.toLowerCase(),
    ...(holder && { uId: holder.uId }),
    ids,
    found,
  });
}

function defineFaults({ faults }: Core) {
  const scope = ['path'];
  return {
    slow: faults.define({
      kind: 'catalog.slow',
      describes: 'A catalog answer waits for some real milliseconds.',
      settings: Type.Object({ ms: Type.Integer({ minimum: 0, default: 1000 }) }),
      scope,
    }),
    refused: faults.define({
      kind: 'catalog.refused',
      describes: 'A catalog request is refused with this HTTP status.',
      settings: Type.Object({
        status: Type.Integer({ minimum: 400, maximum: 599, default: 429 }),
        retryAfterSeconds: Type.Optional(Type.Integer({ minimum: 0 })),
      }),
      scope,
    }),
  };
}
