import { describe, expect, it } from 'vitest';
import { type BookEvent, type BookState, bookStep } from '../../src/delivery/books/state.ts';
import { later, MINUTE, NOW } from './support/events.ts';

const licensed: BookEvent = { kind: 'licensed', obstacle: undefined };
const answered = (appleState: string | null, rejectionReason: string | null = null): BookEvent => ({
  kind: 'answered',
  answer: { status: 'Acknowledged', appleState, rejectionReason, errorChain: [] },
});
const onMac = (appleState: string): BookEvent => ({
  kind: 'answered',
  answer: { status: 'Acknowledged', appleState, rejectionReason: null, errorChain: [] },
  last: true,
});
const listed = (appleState?: string): BookEvent => ({ kind: 'listed', appleState });

function after(...events: readonly BookEvent[]): BookState | undefined {
  let book: BookState | undefined;
  for (const event of events) book = bookStep(book, event, NOW).book;
  return book;
}

describe('a book whose license is held', () => {
  it('is sent once, followed, and installed when the device says so', () => {
    expect(bookStep(undefined, licensed, NOW)).toMatchObject({
      book: { state: 'commanded', attempts: 1 },
      act: 'send',
    });
    expect(bookStep(after(licensed), licensed, NOW).act).toBe('none');
    const coming = after(licensed, answered('Queued'));
    expect(coming).toMatchObject({ state: 'installing', nextAt: later(5_000) });
    const asked = bookStep(coming, { kind: 'due' }, NOW);
    expect(asked.act).toBe('ask');
    expect(bookStep(asked.book, listed('Installed'), NOW).book).toMatchObject({
      state: 'installed',
      appleState: 'Installed',
      reason: null,
      nextAt: null,
    });
  });

  it('waits for the account of its person, and goes on when that is there', () => {
    for (const obstacle of ['otherAccount', 'signInNeeded', 'multiUser'] as const) {
      const blocked = after({ kind: 'licensed', obstacle });
      expect(blocked).toMatchObject({ state: 'blocked', reason: obstacle });
      expect(bookStep(blocked, { kind: 'due' }, NOW)).toMatchObject({
        book: { state: 'blocked', nextAt: later(60 * MINUTE) },
        act: 'none',
      });
      expect(bookStep(blocked, licensed, NOW).act).toBe('send');
    }
    const failed = after(licensed, answered(null, 'PurchaseNotFound'));
    expect(
      bookStep(failed, { kind: 'licensed', obstacle: 'otherAccount' }, NOW).book,
    ).toMatchObject({ state: 'blocked' });
  });

  it('is left at what a Mac said, which lists no books, and sent once more when asked [L 53]', () => {
    const taken = after(licensed, onMac('Queued'));
    expect(taken).toMatchObject({ state: 'installing', reason: 'bookTaken', nextAt: null });
    expect(bookStep(taken, { kind: 'again', asked: true }, NOW).act).toBe('send');
    expect(bookStep(taken, { kind: 'again', asked: false }, NOW)).toEqual({
      book: taken,
      act: 'none',
    });
    expect(after(licensed, onMac('Installed'))).toMatchObject({ state: 'installed', reason: null });
    const unsigned = after(licensed, onMac('PromptingForLogin'));
    expect(unsigned).toMatchObject({ state: 'failed', reason: 'signInNeeded' });
    expect(unsigned?.nextAt).not.toBeNull();
    expect(bookStep(unsigned, { kind: 'due' }, NOW).act).toBe('send');
  });

  it('waits for a sign-in as long as it takes', () => {
    let book = after(licensed, answered('PromptingForLogin'));
    for (let i = 0; i < 30; i += 1) {
      const next = bookStep(book, { kind: 'due' }, NOW);
      expect(next.act).toBe('ask');
      book = bookStep(next.book, listed('PromptingForLogin'), NOW).book;
    }
    expect(book).toMatchObject({ state: 'installing', reason: 'signInNeeded', attempts: 1 });
  });

  it('is tried again with growing pauses after a refusal, and not for ever', () => {
    let book = after(licensed);
    const pauses: number[] = [];
    for (let i = 0; i < 20; i += 1) {
      book = bookStep(book, answered(null, 'PurchaseNotFound'), NOW).book;
      if (!book?.nextAt) break;
      pauses.push((book.nextAt.getTime() - NOW.getTime()) / MINUTE);
      book = bookStep(book, { kind: 'due' }, NOW).book;
    }
    expect(pauses).toEqual([0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 360]);
    expect(book).toMatchObject({ state: 'failed', reason: 'bookLicenseNotFound', nextAt: null });
    for (const asked of [true, false])
      expect(bookStep(book, { kind: 'again', asked }, NOW)).toMatchObject({
        book: { attempts: 1 },
        act: 'send',
      });
    expect(bookStep(book, listed('Installed'), NOW).book?.state).toBe('installed');
  });

  it.each([
    ['CouldNotVerifyITunesStoreID', 'bookNotFound'],
    ['PurchaseNotFound', 'bookLicenseNotFound'],
    ['AppStoreDisabled', 'storeDisabled'],
    ['WrongMediaType', 'commandNotUnderstood'],
    ['DownloadInvalid', 'installFailed'],
    ['EnterpriseBooksNotSupportedInMultiUser', 'multiUser'],
    ['SomethingNew', 'installFailed'],
  ])('says why the device did not take it: %s is %s', (rejection, reason) => {
    expect(after(licensed, answered(null, rejection))).toMatchObject({ state: 'failed', reason });
  });

  it('is sent again when the device makes no progress, and given up in the end', () => {
    let book = after(licensed, answered('Installing'));
    let sent = 0;
    for (let i = 0; i < 400 && book?.state !== 'failed'; i += 1) {
      const next = bookStep(book, { kind: 'due' }, NOW);
      if (next.act === 'send') sent += 1;
      book = bookStep(
        next.book,
        next.act === 'send' ? answered('Installing') : listed('Installing'),
        NOW,
      ).book;
    }
    expect(sent).toBe(11);
    expect(book).toMatchObject({ state: 'failed', reason: 'noProgress', nextAt: null });
  });

  it('is not sent again by itself when its person removed it', () => {
    const removed = after(licensed, answered('Installed'), listed());
    expect(removed).toMatchObject({ state: 'removed', reason: 'bookRemovedByPerson' });
    expect(bookStep(removed, licensed, NOW).act).toBe('none');
    expect(bookStep(removed, listed('Installed'), NOW).book?.state).toBe('installed');
  });

  it('is sent again when the command was taken back at hand-out, and waits where an obstacle was why', () => {
    const commanded = after(licensed);
    expect(bookStep(commanded, { kind: 'canceled', obstacle: undefined }, NOW).act).toBe('send');
    expect(bookStep(commanded, { kind: 'canceled', obstacle: 'otherAccount' }, NOW)).toMatchObject({
      book: { state: 'blocked', reason: 'otherAccount', nextAt: later(60 * MINUTE) },
      act: 'none',
    });
    const blocked = after({ kind: 'licensed', obstacle: 'otherAccount' });
    expect(bookStep(blocked, { kind: 'canceled', obstacle: 'otherAccount' }, NOW)).toEqual({
      book: blocked,
      act: 'none',
    });
  });

  it('counts how often it was sent only as far as its row has room', () => {
    let book = after(licensed);
    for (let i = 0; i < 33_000; i += 1)
      book = bookStep(book, { kind: 'canceled', obstacle: undefined }, NOW).book;
    expect(book?.attempts).toBe(1000);
  });

  it('is let go when it is not for the device any more', () => {
    expect(bookStep(after(licensed), { kind: 'unlicensed' }, NOW)).toEqual({
      book: undefined,
      act: 'cancel',
    });
    expect(bookStep(undefined, { kind: 'unlicensed' }, NOW).act).toBe('none');
  });
});
