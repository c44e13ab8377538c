/** What ManagedMediaList calls the state of a book (Apple: ManagedMediaListResponse). */
export type BookState =
  | 'Queued'
  | 'PromptingForLogin'
  | 'Installing'
  | 'Updating'
  | 'Managed'
  | 'ManagedButUninstalled'
  | 'Installed'
  | 'Uninstalled'
  | 'Failed';

/** What names a book: the store by its number, a document by the id its owner gave it. */
export type BookName = { readonly adamId: string } | { readonly persistentId: string };

/** What the server said about a document, or the store about its book. */
export interface BookDetails {
  readonly kind?: string | undefined;
  readonly version?: string | undefined;
  readonly author?: string | undefined;
  readonly title?: string | undefined;
}

/** One book as a device knows it. */
export class DeviceBook {
  readonly name: BookName;
  details: BookDetails = {};
  /** As a list tells it; undefined: the list leaves it out. */
  state: BookState | undefined;
  /** Undefined: does not lie on the device. */
  installed: { readonly version: string | undefined; readonly sizeBytes: number } | undefined;
  readonly promptsShown = { account: 0 };
  /** Takes back what is under way. */
  work: AbortController | undefined;

  constructor(name: BookName) {
    this.name = name;
  }

  get key(): string {
    return bookKey(this.name);
  }

  get adamId(): string | undefined {
    return 'adamId' in this.name ? this.name.adamId : undefined;
  }

  get persistentId(): string | undefined {
    return 'persistentId' in this.name ? this.name.persistentId : undefined;
  }

  get busy(): boolean {
    return this.work !== undefined;
  }

  /** Apple: books of the store report Installed, those of the organization Managed. */
  get presentState(): 'Installed' | 'Managed' {
    return 'adamId' in this.name ? 'Installed' : 'Managed';
  }

  /** Breaks off what is under way. */
  stopWork(): void {
    this.work?.abort(new Error('The book was changed meanwhile.'));
    this.work = undefined;
  }

  /** The state as a list tells it: Failed is told once. */
  reportState(): BookState | undefined {
    const { state } = this;
    if (state === 'Failed')
      this.state = this.installed === undefined ? undefined : this.presentState;
    return state;
  }
}

/** The same for the same book. */
export function bookKey(name: BookName): string {
  return 'adamId' in name ? `store ${name.adamId}` : `document ${name.persistentId}`;
}
