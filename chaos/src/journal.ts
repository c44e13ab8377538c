import type { Http } from './http.ts';

/** A pair as Apple names it. */
export interface Pair {
  readonly adamId: string;
  readonly pricingParam: string;
  readonly serialNumber?: string;
  readonly clientUserId?: string;
}

/** A line of the journal of Apple in a box; which members it has depends on its kind. */
export interface Line extends Partial<Pair> {
  readonly kind: string;
  readonly seq: number;
  readonly simulatedTime: string;
  readonly uId?: string;
  readonly operation?: string;
  /** Of a page that was served. */
  readonly endpoint?: string;
  readonly type?: string;
  readonly eventId?: string;
  /** Of a change that no event of ours made: who made it. */
  readonly by?: string;
  readonly change?: string;
  readonly reason?: string;
  readonly status?: string;
  readonly failures?: number;
  /** Of a command that a device was told, and the app it is about. */
  readonly requestType?: string;
  readonly bundleId?: string;
  readonly assigned?: number;
  readonly total?: number | null;
  readonly pairs?: readonly Pair[];
  readonly open?: { readonly eventId: string; readonly acceptedAt: string };
  readonly body?: {
    readonly assets?: readonly { adamId: string; pricingParam?: string }[];
    readonly serialNumbers?: readonly string[];
    readonly clientUserIds?: readonly string[];
    /** Of a request about people. */
    readonly users?: readonly { readonly clientUserId: string }[];
  };
}

/** The journal as far as it has been read. */
export class Journal {
  readonly lines: Line[] = [];
  readonly #apple: Http;

  constructor(apple: Http) {
    this.#apple = apple;
  }

  /** @returns the lines that are new since the last call */
  async read(): Promise<readonly Line[]> {
    const since = this.lines.at(-1)?.seq ?? 0;
    const text = await this.#apple.text('GET', `/_control/journal?since=${since}`);
    const added = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
    this.lines.push(...added);
    return added;
  }
}

export function assetKeyOf(uId: string, pair: Pick<Pair, 'adamId' | 'pricingParam'>): string {
  return `${uId}/${pair.adamId}/${pair.pricingParam}`;
}

export function holderOf({ serialNumber, clientUserId }: Partial<Pair>): string {
  return serialNumber ?? clientUserId ?? '';
}

/** Every pair of a request for licenses. */
export function pairsOf({ body }: Line): Pair[] {
  const holders: Pick<Pair, 'serialNumber' | 'clientUserId'>[] = [
    ...(body?.serialNumbers ?? []).map((serialNumber) => ({ serialNumber })),
    ...(body?.clientUserIds ?? []).map((clientUserId) => ({ clientUserId })),
  ];
  return (body?.assets ?? []).flatMap(({ adamId, pricingParam = 'STDQ' }) =>
    holders.map((holder) => ({ adamId, pricingParam, ...holder })),
  );
}
