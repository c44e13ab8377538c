import type { Device } from '../device.ts';
import { runDetached, type Environment } from '../environment.ts';
import { bookLicensed, storeAccount } from '../store-account.ts';
import { isShared } from '../system.ts';
import { rejectBook, type BookRejection } from './assess-book.ts';
import { BookWork, enterBookState, type BookSource } from './book-work.ts';
import { bookKey, DeviceBook, type BookDetails, type BookName } from './device-book.ts';

/** Decides on books on all devices and brings them there. */
export class Bookshelf {
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /**
   * Gets a book of the store for whoever is signed in.
   * @returns the book as it is now, or why the device does not begin
   */
  orderFromStore(device: Device, adamId: string): DeviceBook | BookRejection {
    const title = this.#environment.catalog.title(adamId);
    const rejection = rejectBook({
      title,
      storefront: device.traits.storefront,
      storeDisabled: device.traits.storeDisabled,
      signedIn: storeAccount(this.#environment, device) !== undefined,
      licensed: bookLicensed(this.#environment, device, adamId),
    });
    if (title === undefined || rejection !== undefined)
      return rejection ?? 'CouldNotVerifyITunesStoreID';
    const details = { version: title.version.trim(), title: title.name };
    return this.#order(device, { adamId }, details, { kind: 'store', title });
  }

  /** Downloads a document of the organization. */
  orderDocument(
    device: Device,
    persistentId: string,
    url: string,
    details: BookDetails,
  ): DeviceBook | BookRejection {
    if (isShared(device)) return 'EnterpriseBooksNotSupportedInMultiUser';
    if (!url.startsWith('https://') || !URL.canParse(url)) return 'DownloadInvalid';
    const source = { kind: 'document', url, version: details.version } as const;
    return this.#order(device, { persistentId }, details, source);
  }

  /**
   * The management takes a book away. A document goes; a book of the store stays with the person, only the
   * management has no more to do with it. What is not there needs nothing.
   */
  remove(device: Device, name: BookName): void {
    const book = device.books.get(bookKey(name));
    if (book === undefined) return;
    book.stopWork();
    if (book.persistentId !== undefined) this.#takeAway(device, book);
    enterBookState(this.#environment, device, book, undefined, 'removed by the management');
  }

  /** The person deletes a book. @returns false when it does not lie on the device */
  removeByPerson(device: Device, name: BookName): boolean {
    const book = device.books.get(bookKey(name));
    if (book?.installed === undefined) return false;
    book.stopWork();
    this.#takeAway(device, book);
    const gone = book.persistentId === undefined ? 'Uninstalled' : 'ManagedButUninstalled';
    // What the management had let go of before stays unknown to it.
    const state = book.state === undefined ? undefined : gone;
    enterBookState(this.#environment, device, book, state, 'deleted by the person');
    return true;
  }

  /** The management ends: documents go with it, books of the store stay. */
  endManagement(device: Device): void {
    for (const book of device.books.values()) this.remove(device, book.name);
  }

  #order(device: Device, name: BookName, details: BookDetails, source: BookSource): DeviceBook {
    const book = device.books.get(bookKey(name)) ?? new DeviceBook(name);
    device.books.set(book.key, book);
    if (book.busy) return book;
    book.details = details;
    const controller = new AbortController();
    book.work = controller;
    const work = new BookWork(this.#environment, device, book, controller.signal);
    const what = `book on ${device.serialNumber}`;
    runDetached(this.#environment, what, this.#finish(device, book, work, controller, source));
    return book;
  }

  async #finish(
    device: Device,
    book: DeviceBook,
    work: BookWork,
    controller: AbortController,
    source: BookSource,
  ): Promise<void> {
    try {
      const { state, reason } = await work.carryOut(source);
      enterBookState(this.#environment, device, book, state, reason);
      book.work = undefined;
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    }
  }

  #takeAway(device: Device, book: DeviceBook): void {
    device.traits.freeBytes += book.installed?.sizeBytes ?? 0;
    book.installed = undefined;
  }
}
