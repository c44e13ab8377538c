import type { StoreTitle } from '../core/world.ts';

/** A title with everything the store and the license service say about it. */
export interface CatalogTitle extends StoreTitle {
  readonly developer: string;
  readonly genre: string;
  /** A custom app made for chosen organizations: only seen with a content token that owns it. */
  readonly custom: boolean;
  /** No longer for sale: only seen with a content token that owns it. */
  delisted: boolean;
  absentIn: readonly string[];
  readonly free: boolean;
  readonly deviceAssignable: boolean;
  /** Platforms as GET /assets names them. */
  readonly platforms: readonly string[];
  version: string;
  externalVersionId: number;
}
