import { type Line, type Pair, assetKeyOf, holderOf, pairsOf } from './journal.ts';

/** What must never happen, and did. */
export interface Violation {
  readonly rule: string;
  /** `location/adamId/pricingParam holder`, where it is about one pair. */
  readonly pair?: string;
  readonly detail: string;
}

/**
 * Apple's own rule: what is still pending after ten minutes may be sent again. Until then a request can still come
 * true, and nothing of it may be asked for again. While the clocks are being moved, Apple's and the server's are apart
 * by the step of a tick.
 */
export const patienceMs = 8 * 60_000;

interface Stock {
  total: number | null;
  readonly assigned: Set<string>;
  /** Somebody else had a hand in it since the beginning: what the server knows of it may be old. */
  disturbed: boolean;
}

/** Who last changed a pair at Apple. */
interface Last {
  readonly change: string;
  readonly eventId: string | undefined;
}

/** Watches what happens at Apple, line by line of the simulator's own journal. */
export class Judge {
  readonly violations: Violation[] = [];
  /** Pairs that Apple assigned for us so late that nobody could know any more who had asked. */
  readonly late = new Set<string>();
  readonly #stocks = new Map<string, Stock>();
  /** Accepted events of ours: when, and the pairs that may still come true. */
  readonly #events = new Map<string, { readonly at: number; readonly pairs: Set<string> }>();
  readonly #last = new Map<string, Last>();
  /** Pairs that we asked for at any time. */
  readonly #asked = new Set<string>();
  /** What is on its way at Apple, by asset: pair and when it was asked for. */
  readonly #coming = new Map<string, Map<string, number>>();
  #begun = false;

  /** From now on other hands make a stock uncertain; before, the server read it all. */
  begin(): void {
    this.#begun = true;
  }

  /** Judges the next lines of the journal. */
  watch(lines: readonly Line[]): void {
    for (const line of lines) this.#watchLine(line);
  }

  #watchLine(line: Line): void {
    if (line.kind === 'stock') this.#stockChanged(line);
    else if (line.kind === 'request.accepted') this.#accepted(line);
    else if (line.kind === 'request.repeats') this.#repeated(line);
    else if (line.kind === 'assignment') this.#assignmentChanged(line);
    else if (line.kind === 'event.step') this.#stepDone(line);
  }

  #stock(key: string): Stock {
    const stock = this.#stocks.get(key) ?? { total: 0, assigned: new Set(), disturbed: false };
    this.#stocks.set(key, stock);
    return stock;
  }

  #stockChanged(line: Line): void {
    const stock = this.#stock(assetOf(line));
    stock.total = line.total ?? null;
    if (this.#begun && line.reason !== 'purchase') stock.disturbed = true;
  }

  #accepted(line: Line): void {
    const { operation, uId = '', eventId } = line;
    if (eventId === undefined || (operation !== 'associate' && operation !== 'disassociate'))
      return;
    const at = Date.parse(line.simulatedTime);
    const pairs = pairsOf(line);
    this.#events.set(eventId, { at, pairs: new Set(pairs.map((pair) => pairKey(uId, pair))) });
    if (operation === 'disassociate') return;
    for (const pair of pairs) {
      const asset = assetKeyOf(uId, pair);
      const key = pairKey(uId, pair);
      this.#asked.add(key);
      const coming = this.#coming.get(asset) ?? new Map<string, number>();
      this.#coming.set(asset, coming.set(key, at));
    }
    for (const asset of new Set(pairs.map((pair) => assetKeyOf(uId, pair))))
      this.#checkStock(asset, at);
  }

  /** No license is asked for that cannot be there. */
  #checkStock(asset: string, now: number): void {
    const { total, assigned, disturbed } = this.#stock(asset);
    if (total === null || disturbed) return;
    const coming = [...(this.#coming.get(asset) ?? [])]
      .filter(([, at]) => now - at < patienceMs)
      .map(([pair]) => pair);
    const taken = new Set([...assigned, ...coming]).size;
    if (taken > total)
      this.#add('moreThanOwned', asset, `${taken} assigned or asked for, ${total} owned`);
  }

  #repeated(line: Line): void {
    const { uId = '', reason, type, open } = line;
    const now = Date.parse(line.simulatedTime);
    for (const pair of line.pairs ?? []) {
      const key = pairKey(uId, pair);
      if (reason === 'Open' || reason === 'OppositeOpen') {
        const age = now - Date.parse(open?.acceptedAt ?? '');
        if (age >= patienceMs) continue;
        const rule = reason === 'Open' ? 'postedTwice' : 'oppositeOpen';
        this.#add(rule, key, `${type} while ${open?.eventId} is open since ${age / 1000} s`);
      } else {
        this.#checkRepeated(key, type === 'ASSOCIATE' ? 'associated' : 'disassociated', now);
      }
    }
  }

  /** What one event of ours brought about must not be asked for by the next, unless the first came late. */
  #checkRepeated(key: string, change: string, now: number): void {
    const last = this.#last.get(key);
    const event = last?.eventId === undefined ? undefined : this.#events.get(last.eventId);
    if (last?.change !== change || event === undefined || now - event.at >= patienceMs) return;
    const rule = change === 'associated' ? 'grantedTwice' : 'returnedTwice';
    this.#add(rule, key, `${change} by ${last.eventId}, asked for again`);
  }

  #assignmentChanged(line: Line): void {
    const { uId = '', change = '', eventId } = line;
    const asset = assetOf(line);
    const key = `${asset} ${holderOf(line)}`;
    const stock = this.#stock(asset);
    if (change === 'associated') stock.assigned.add(key);
    if (change === 'disassociated') stock.assigned.delete(key);
    if (eventId === undefined && this.#begun) stock.disturbed = true;
    const askedAt = this.#events.get(eventId ?? '')?.at;
    if (askedAt !== undefined && Date.parse(line.simulatedTime) - askedAt >= patienceMs) {
      stock.disturbed = true;
      if (change === 'associated') this.late.add(key);
    }
    if (eventId !== undefined && change === 'disassociated' && !this.#asked.has(key))
      this.#add('foreignTouched', key, `taken back by ${eventId}, never asked for in ${uId}`);
    this.#last.set(key, { change, eventId });
    if (eventId !== undefined) this.#coming.get(asset)?.delete(key);
  }

  /** What an event has refused or ended without comes true no more. */
  #stepDone({ eventId = '', status, failures = 0 }: Line): void {
    if (status === 'PENDING' && failures === 0) return;
    for (const pair of this.#events.get(eventId)?.pairs ?? []) {
      this.#coming.get(pair.split(' ')[0] ?? '')?.delete(pair);
    }
  }

  #add(rule: string, pair: string, detail: string): void {
    this.violations.push({ rule, pair, detail });
  }
}

function assetOf({ uId = '', adamId = '', pricingParam = 'STDQ' }: Line): string {
  return assetKeyOf(uId, { adamId, pricingParam });
}

function pairKey(uId: string, pair: Pair): string {
  return `${assetKeyOf(uId, pair)} ${holderOf(pair)}`;
}
