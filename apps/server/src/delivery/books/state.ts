import { afterAsk, dayMs, later, longestPauseMs, minuteMs, mostAttempts } from '../pauses.ts';
import { noProgress, oneMore, type Progress } from '../progress.ts';
import { errorCodeOf, type ReasonCode } from '../reasons.ts';
import { answerTo, type Answer, type Verdict } from '../verdict.ts';

/** Where one book on one device stands. Books never go back, so nothing here removes one. */
export interface BookState extends Progress {
  readonly state: 'blocked' | 'commanded' | 'installing' | 'installed' | 'failed' | 'removed';
}

/** What keeps a book from being sent to a device: it goes by the Apple Account of the person whose license it is. */
export type BookObstacle = ReasonCode & ('multiUser' | 'otherAccount' | 'signInNeeded');

export type BookEvent =
  /** The person's license is at Apple and an Apple Account is tied to it. */
  | { readonly kind: 'licensed'; readonly obstacle: BookObstacle | undefined }
  /** The book is not for this device any more; what is there stays the person's. */
  | { readonly kind: 'unlicensed' }
  /** The book was not handed out; `obstacle`: what keeps it from being sent once more. */
  | { readonly kind: 'canceled'; readonly obstacle: BookObstacle | undefined }
  /** `last`: the device tells no more of it, as a Mac, which lists no books. */
  | { readonly kind: 'answered'; readonly answer: Answer; readonly last?: boolean }
  /** The device listed its books; undefined when this one is not among them. */
  | { readonly kind: 'listed'; readonly appleState: string | undefined }
  /** What was given up begins anew: somebody `asked` for that, or the device has a newer system. */
  | { readonly kind: 'again'; readonly asked: boolean }
  | { readonly kind: 'due' };

export interface BookStep {
  /** Undefined: nothing is to be done on this device any more. */
  readonly book: BookState | undefined;
  readonly act: 'none' | 'send' | 'ask' | 'cancel';
}

const obstaclePauseMs = 60 * minuteMs;
/** Questions without progress before the book is sent again. */
const mostAsks = 11;

const fresh: BookState = { ...noProgress, state: 'commanded' };

/**
 * The life of one book on one device: from what is known and what happened to what is known now and what to do. Pure;
 * times in UTC.
 *
 * @see https://developer.apple.com/documentation/devicemanagement/installmediacommand
 */
export function bookStep(book: BookState | undefined, event: BookEvent, now: Date): BookStep {
  if (event.kind === 'licensed') return licensed(book, event.obstacle, now);
  if (book === undefined || event.kind === 'unlicensed')
    return { book: undefined, act: book === undefined ? 'none' : 'cancel' };
  switch (event.kind) {
    case 'canceled':
      if (book.state !== 'commanded') return { book, act: 'none' };
      return event.obstacle === undefined ? send(book) : block(event.obstacle, now);
    case 'answered': {
      if (book.state !== 'commanded') return { book, act: 'none' };
      const verdict = bookAnswer(event.answer);
      return {
        book: event.last === true ? judgeLast(book, verdict, now) : judge(book, verdict, now),
        act: 'none',
      };
    }
    case 'listed':
      return { book: listed(book, event.appleState, now), act: 'none' };
    case 'again':
      return book.state === 'failed' || (event.asked && book.reason === 'bookTaken')
        ? send({ ...book, attempts: 0 })
        : { book, act: 'none' };
    case 'due':
      break;
  }
  return due(book, now);
}

function licensed(
  book: BookState | undefined,
  obstacle: BookObstacle | undefined,
  now: Date,
): BookStep {
  if (obstacle === undefined)
    return book === undefined || book.state === 'blocked' ? send(fresh) : { book, act: 'none' };
  return book === undefined || book.state === 'failed'
    ? block(obstacle, now)
    : { book, act: 'none' };
}

function block(obstacle: BookObstacle, now: Date): BookStep {
  return {
    book: {
      ...fresh,
      state: 'blocked',
      reason: obstacle,
      errorCode: errorCodeOf(obstacle),
      nextAt: later(now, obstaclePauseMs),
    },
    act: 'none',
  };
}

function send(book: BookState): BookStep {
  return {
    book: {
      ...book,
      state: 'commanded',
      reason: 'waitingForDevice',
      errorCode: null,
      attempts: oneMore(book.attempts),
      asks: 0,
      nextAt: null,
    },
    act: 'send',
  };
}

function judge(book: BookState, verdict: Verdict, now: Date): BookState {
  const errorDetail = verdict.detail ?? null;
  if (verdict.kind === 'installed')
    return { ...fresh, state: 'installed', appleState: verdict.appleState };
  if (verdict.kind === 'moving') {
    const { appleState, reason } = verdict;
    const asks = appleState === book.appleState ? book.asks : 0;
    const errorCode = errorCodeOf(reason);
    const nextAt = afterAsk(asks, now);
    return {
      ...book,
      state: 'installing',
      appleState,
      reason,
      errorCode,
      errorDetail,
      asks,
      nextAt,
    };
  }
  const failed = verdict.kind === 'failed' ? verdict : undefined;
  const reason = failed?.reason ?? 'installFailed';
  const growingMs = Math.min(longestPauseMs, (minuteMs / 2) * 2 ** (book.attempts - 1));
  const pauseMs = failed?.retry === 'daily' ? dayMs : growingMs;
  return {
    ...book,
    state: 'failed',
    reason,
    errorCode: failed?.errorCode ?? errorCodeOf(reason),
    errorDetail,
    nextAt: failed?.retry === 'never' || book.attempts >= mostAttempts ? null : later(now, pauseMs),
  };
}

/** What cannot be asked is left at that. A sign-in that is missing is the person's turn: the book is sent again later. */
function judgeLast(book: BookState, verdict: Verdict, now: Date): BookState {
  if (verdict.kind !== 'moving') return judge(book, verdict, now);
  return verdict.reason === 'signInNeeded'
    ? judge(book, { ...verdict, kind: 'failed', retry: 'growing' }, now)
    : { ...judge(book, { ...verdict, reason: 'bookTaken' }, now), nextAt: null };
}

/** A person may remove what is theirs: it is not sent again by itself. */
function listed(book: BookState, appleState: string | undefined, now: Date): BookState {
  const gone =
    appleState === undefined ||
    appleState === 'Uninstalled' ||
    appleState === 'ManagedButUninstalled';
  switch (book.state) {
    case 'installing':
      return gone
        ? { ...book, nextAt: afterAsk(book.asks, now) }
        : judge(book, onState(appleState), now);
    case 'installed':
      return gone ? { ...book, state: 'removed', reason: 'bookRemovedByPerson' } : book;
    case 'commanded':
    case 'failed':
    case 'removed':
      return !gone && onState(appleState).kind === 'installed'
        ? judge(book, onState(appleState), now)
        : book;
    case 'blocked':
      break;
  }
  return book;
}

function due(book: BookState, now: Date): BookStep {
  const waited: BookState = { ...book, nextAt: null };
  switch (book.state) {
    case 'failed':
      return send(waited);
    case 'blocked':
      return { book: { ...waited, nextAt: later(now, obstaclePauseMs) }, act: 'none' };
    case 'installing':
      if (book.asks < mostAsks || book.reason === 'signInNeeded')
        return { book: { ...waited, asks: oneMore(book.asks) }, act: 'ask' };
      return book.attempts < mostAttempts
        ? send(waited)
        : { book: { ...waited, state: 'failed', reason: 'noProgress' }, act: 'none' };
    case 'commanded':
    case 'installed':
    case 'removed':
      break;
  }
  return { book: waited, act: 'none' };
}

/** Apple's states of a book; one of the store ends as Installed. Unknown ones count as movement. */
function onState(appleState: string): Verdict {
  switch (appleState) {
    case 'Installed':
    case 'Managed':
      return { kind: 'installed', appleState };
    case 'PromptingForLogin':
      return { kind: 'moving', appleState, reason: 'signInNeeded' };
    case 'Failed':
      return { kind: 'failed', reason: 'installFailed', retry: 'growing', detail: { appleState } };
    default:
      return { kind: 'moving', appleState, reason: 'installing' };
  }
}

/** @see InstallMediaResponse.RejectionReason */
const rejections = new Map<string, Verdict>([
  ['CouldNotVerifyITunesStoreID', { kind: 'failed', reason: 'bookNotFound', retry: 'growing' }],
  ['PurchaseNotFound', { kind: 'failed', reason: 'bookLicenseNotFound', retry: 'growing' }],
  ['AppStoreDisabled', { kind: 'failed', reason: 'storeDisabled', retry: 'growing' }],
  ['WrongMediaType', { kind: 'failed', reason: 'commandNotUnderstood', retry: 'never' }],
  ['DownloadInvalid', { kind: 'failed', reason: 'installFailed', retry: 'growing' }],
  [
    'EnterpriseBooksNotSupportedInMultiUser',
    { kind: 'failed', reason: 'multiUser', retry: 'never' },
  ],
]);

/** What the answer to an InstallMedia means. Acknowledged is not installed. */
function bookAnswer(answer: Answer): Verdict {
  if (answer.rejectionReason)
    return {
      ...(rejections.get(answer.rejectionReason) ?? {
        kind: 'failed',
        reason: 'installFailed',
        retry: 'growing',
      }),
      detail: answer,
    };
  return answer.status === 'Acknowledged' && answer.appleState
    ? { ...onState(answer.appleState), detail: answer }
    : answerTo(answer);
}
