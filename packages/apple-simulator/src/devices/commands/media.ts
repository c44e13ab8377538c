import type { BookRejection } from '../books/assess-book.ts';
import type { BookName, DeviceBook } from '../books/device-book.ts';
import { RIGHT } from '../enrollment/access-rights.ts';
import { FieldError, type PlistFields } from '../messages/plist-fields.ts';
import {
  CommandError,
  mdmError,
  type CommandContext,
  type CommandKind,
  type Response,
} from './command.ts';

const KINDS = ['pdf', 'epub', 'ibooks'];
const REFUSALS: Readonly<Record<BookRejection, string>> = {
  AppStoreDisabled: 'The store is not available on the device.',
  CouldNotVerifyITunesStoreID: 'The book’s iTunes Store ID could not be validated.',
  DownloadInvalid: 'The URL does not lead to a book.',
  EnterpriseBooksNotSupportedInMultiUser: 'A shared iPad takes only books of the store.',
  PurchaseNotFound: 'No license for the book was found in the history of the account.',
  WrongMediaType: 'The media type is not supported.',
};

/** Apple: Install Media Command. */
export const installMedia: CommandKind = {
  requestType: 'InstallMedia',
  right: RIGHT.manageApps,
  families: ['iPhone', 'iPad'],
  userFamilies: ['Mac'],
  notInUserEnrollment: ['Mac'],
  waitsForPerson: true,
  run(context, command) {
    const mediaType = command.required('MediaType', 'string');
    const { storeId, mediaUrl, persistentId } = readName(command);
    const about = {
      iTunesStoreID: storeId,
      MediaURL: mediaUrl,
      PersistentID: persistentId,
      MediaType: mediaType === 'Book' ? mediaType : undefined,
    };
    const book = mediaType === 'Book' ? order(context, command) : 'WrongMediaType';
    if (typeof book !== 'string') return { ...about, State: book.state };
    const refusal = { ...about, RejectionReason: book };
    if (context.device.traits.refusal === 'error')
      throw new CommandError([mdmError(12035, REFUSALS[book])], refusal);
    return refusal;
  },
};

/** Apple: Remove Media Command. Acknowledged also for a book that is not there. */
export const removeMedia: CommandKind = {
  requestType: 'RemoveMedia',
  right: RIGHT.manageApps,
  families: ['iPhone', 'iPad'],
  run({ books, device }, command) {
    if (command.required('MediaType', 'string') !== 'Book')
      throw command.wrong('MediaType', 'can only be "Book"');
    // A number in InstallMedia, but text here.
    const adamId = command.optional('iTunesStoreID', 'string');
    const persistentId = command.optional('PersistentID', 'string');
    if ((adamId === undefined) === (persistentId === undefined))
      throw new FieldError('Command: one of iTunesStoreID and PersistentID is wanted.');
    books.remove(device, adamId === undefined ? { persistentId: persistentId ?? '' } : { adamId });
    return {};
  },
};

/** Apple: Managed Media List Command. Telling Failed uses it up. */
export const managedMediaList: CommandKind = {
  requestType: 'ManagedMediaList',
  right: RIGHT.manageApps,
  families: ['iPhone', 'iPad'],
  run({ device }) {
    return { Books: [...device.books.values()].flatMap((book) => listItem(book)) };
  },
};

/** The book that a command names. @throws FieldError unless it names exactly one */
function readName(command: PlistFields) {
  const storeId = command.optional('iTunesStoreID', 'integer');
  const mediaUrl = command.optional('MediaURL', 'string');
  const persistentId = command.optional('PersistentID', 'string');
  if ((storeId === undefined) === (mediaUrl === undefined))
    throw new FieldError('Command: one of iTunesStoreID and MediaURL is wanted.');
  if (mediaUrl !== undefined && persistentId === undefined)
    throw command.wrong('PersistentID', 'is missing; a document needs it');
  return { storeId, mediaUrl, persistentId };
}

function order({ books, device }: CommandContext, command: PlistFields) {
  const { storeId, mediaUrl = '', persistentId = '' } = readName(command);
  if (storeId !== undefined) return books.orderFromStore(device, String(storeId));
  const kind = command.optional('Kind', 'string');
  if (kind !== undefined && !KINDS.includes(kind))
    throw command.wrong('Kind', `must be one of ${KINDS.join(', ')}`);
  return books.orderDocument(device, persistentId, mediaUrl, {
    kind: kind ?? /\.(\w+)$/.exec(URL.parse(mediaUrl)?.pathname ?? '')?.[1],
    version: command.optional('Version', 'string'),
    author: command.optional('Author', 'string'),
    title: command.optional('Title', 'string'),
  });
}

function listItem(book: DeviceBook): Response[] {
  const state = book.reportState();
  if (state === undefined) return [];
  const { kind, version, author, title } = book.details;
  return [
    {
      ...wireName(book.name),
      State: state,
      Kind: kind,
      Version: version,
      Author: author,
      Title: title,
    },
  ];
}

function wireName(name: BookName): Response {
  return 'adamId' in name
    ? { iTunesStoreID: Number(name.adamId) }
    : { PersistentID: name.persistentId };
}
