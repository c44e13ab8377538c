import type { StoreTitle } from '../../core/world.ts';

/** Why a device does not even begin with a book (Apple: InstallMediaResponse, RejectionReason). */
export type BookRejection =
  | 'AppStoreDisabled'
  | 'CouldNotVerifyITunesStoreID'
  | 'DownloadInvalid'
  | 'EnterpriseBooksNotSupportedInMultiUser'
  | 'PurchaseNotFound'
  | 'WrongMediaType';

export interface BookSituation {
  /** Undefined: the store knows no such title. */
  readonly title: StoreTitle | undefined;
  readonly storefront: string;
  readonly storeDisabled: boolean;
  readonly signedIn: boolean;
  /** The account that is signed in holds a license. */
  readonly licensed: boolean;
}

/**
 * Why a book of the store cannot be had; undefined: nothing stands against it. Whether a person who is not
 * signed in holds a license shows only once they are.
 */
export function rejectBook(situation: BookSituation): BookRejection | undefined {
  const { title, storefront } = situation;
  if (title?.kind !== 'book' || title.absentIn.includes(storefront.toLowerCase()))
    return 'CouldNotVerifyITunesStoreID';
  if (situation.storeDisabled) return 'AppStoreDisabled';
  return situation.signedIn && !situation.licensed ? 'PurchaseNotFound' : undefined;
}
