import type { StoreTitle } from '../../core/world.ts';
import type { Device } from '../device.ts';
import type { Environment } from '../environment.ts';
import { ask } from '../person.ts';
import { bookLicensed, isSignedOut } from '../store-account.ts';
import type { BookState, DeviceBook } from './device-book.ts';

/** Where a book comes from. */
export type BookSource =
  | { readonly kind: 'store'; readonly title: StoreTitle }
  | { readonly kind: 'document'; readonly url: string; readonly version: string | undefined };

/** How it ended. */
export interface BookOutcome {
  readonly state: BookState;
  readonly reason?: string;
}

/** Simulated ms. */
const QUEUEING_MS = { shortest: 1_000, longest: 5_000 };
const DOWNLOADING_MS = { shortest: 2_000, longest: 30_000 };
/** How a PDF begins, and a packed EPUB or iBooks file. */
const BEGINNINGS = [Buffer.from('%PDF-'), Buffer.from('PK\u0003\u0004'), Buffer.from([0x1f, 0x8b])];

/** One book coming to one device, step by step on the clock. */
export class BookWork {
  readonly #environment: Environment;
  readonly #device: Device;
  readonly #book: DeviceBook;
  readonly #signal: AbortSignal;

  constructor(environment: Environment, device: Device, book: DeviceBook, signal: AbortSignal) {
    this.#environment = environment;
    this.#device = device;
    this.#book = book;
    this.#signal = signal;
  }

  /** @throws the signal's reason when broken off */
  async carryOut(source: BookSource): Promise<BookOutcome> {
    await this.#wait('Queued', QUEUEING_MS);
    return source.kind === 'store' ? this.#fromStore(source.title) : this.#fromServer(source);
  }

  async #fromStore(title: StoreTitle): Promise<BookOutcome> {
    if (!(await this.#signedIn())) return failed('the person does not sign in');
    await this.#reachable();
    if (!bookLicensed(this.#environment, this.#device, title.adamId)) return failed('no license');
    return this.#place(title.sizeBytes, title.version);
  }

  async #fromServer({ url, version }: BookSource & { kind: 'document' }): Promise<BookOutcome> {
    await this.#reachable();
    const document = await this.#download(url);
    this.#signal.throwIfAborted();
    if (document === undefined) return failed('the document cannot be downloaded');
    if (!BEGINNINGS.some((bytes) => document.subarray(0, bytes.length).equals(bytes)))
      return failed('the document is neither PDF nor EPUB nor iBooks');
    return this.#place(document.length, version);
  }

  async #download(url: string): Promise<Buffer | undefined> {
    try {
      const { status, body } = await this.#environment.network.get(url);
      return status === 200 ? body : undefined;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      const { serialNumber } = this.#device;
      this.#environment.journal.write('book.download-failed', { serialNumber, url, problem });
      return undefined;
    }
  }

  async #place(sizeBytes: number, version: string | undefined): Promise<BookOutcome> {
    const { traits } = this.#device;
    const growth = sizeBytes - (this.#book.installed?.sizeBytes ?? 0);
    if (growth > traits.freeBytes) return failed('storage is full');
    const updates = this.#book.installed !== undefined;
    await this.#wait(updates ? 'Updating' : 'Installing', DOWNLOADING_MS);
    await this.#reachable();
    this.#device.traits.freeBytes = Math.max(0, this.#device.traits.freeBytes - growth);
    this.#book.installed = { version, sizeBytes };
    return { state: this.#book.presentState };
  }

  /** Getting a book takes the account's password; getting it again only that somebody is signed in. */
  #signedIn(): Promise<boolean> {
    const again = this.#book.installed !== undefined;
    const { workAccount } = this.#device.enrollment ?? {};
    if (workAccount !== undefined || (again && !isSignedOut(this.#device)))
      return Promise.resolve(true);
    this.#enter('PromptingForLogin');
    return ask(this.#environment, this.#device, 'account', this.#book, this.#signal);
  }

  #wait(state: BookState, { shortest, longest }: typeof QUEUEING_MS): Promise<void> {
    this.#enter(state);
    const delay = this.#device.random.integer(shortest, longest);
    return this.#environment.clock.wait(delay, this.#signal);
  }

  async #reachable(): Promise<void> {
    await this.#device.reachable();
    this.#signal.throwIfAborted();
  }

  #enter(state: BookState): void {
    enterBookState(this.#environment, this.#device, this.#book, state);
  }
}

/** Puts the book into a state and tells the journal. @param reason why, where the state does not say it */
export function enterBookState(
  { journal, counters }: Environment,
  { serialNumber }: Device,
  book: DeviceBook,
  state: BookState | undefined,
  reason?: string,
): void {
  const { state: previous, adamId, persistentId } = book;
  book.state = state;
  if (state !== undefined) counters.add(`book.state.${state}`, serialNumber);
  journal.write('book.state', { serialNumber, adamId, persistentId, state, previous, reason });
}

function failed(reason: string): BookOutcome {
  return { state: 'Failed', reason };
}
