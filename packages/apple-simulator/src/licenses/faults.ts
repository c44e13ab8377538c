import { Type } from 'typebox';

import type { Faults } from '../core/faults.ts';

const Seconds = (byDefault: number) => Type.Number({ minimum: 0, default: byDefault });
const RetryForm = Type.Enum(['seconds', 'date'], { default: 'seconds' });
const When = (byDefault: 'before' | 'after') =>
  Type.Enum(['before', 'after'], {
    default: byDefault,
    description: 'Before the request is carried out, or after it.',
  });
const REQUEST_SCOPE = ['location', 'path'];
const FORMS = ['seconds', 'date'] as const;
const MOMENTS = ['before', 'after'] as const;
const GARBAGE = ['truncated', 'noise', 'empty'] as const;
const CULPRITS = ['asset', 'target'] as const;

/** Every way the license service can go wrong on demand. */
export type LicenseFaults = ReturnType<typeof defineLicenseFaults>;

export function defineLicenseFaults(faults: Faults) {
  return {
    ...answerFaults(faults),
    ...refusalFaults(faults),
    ...pagingFaults(faults),
    ...eventFaults(faults),
    ...notificationFaults(faults),
  };
}

/** What spoils an answer on its way, whatever it says. */
function answerFaults(faults: Faults) {
  return {
    slow: faults.define({
      kind: 'request.slow',
      describes: 'The answer waits for some real milliseconds.',
      settings: Type.Object({
        ms: Type.Integer({ minimum: 0, default: 1000 }),
        when: When('before'),
      }),
      scope: REQUEST_SCOPE,
      draw: (random) => ({ ms: random.integer(50, 1500), when: random.pick(MOMENTS) }),
    }),
    broken: faults.define({
      kind: 'request.broken',
      describes:
        'The connection breaks before the request is carried out, or after it, before the answer.',
      settings: Type.Object({ when: When('after') }),
      scope: REQUEST_SCOPE,
      draw: (random) => ({ when: random.pick(MOMENTS) }),
    }),
    html: faults.define({
      kind: 'request.html',
      describes: 'An error page in HTML from a proxy in between; the request is not carried out.',
      settings: Type.Object({ status: Type.Integer({ minimum: 200, maximum: 599, default: 502 }) }),
      scope: REQUEST_SCOPE,
      draw: (random) => ({ status: random.pick([200, 500, 502, 503]) }),
    }),
    garbage: faults.define({
      kind: 'request.garbage',
      describes: 'HTTP 200 with JSON that is cut off, with what is no JSON, or with nothing.',
      settings: Type.Object({
        form: Type.Enum(['truncated', 'noise', 'empty'], { default: 'truncated' }),
        when: When('after'),
      }),
      scope: REQUEST_SCOPE,
      draw: (random) => ({
        form: random.pick(GARBAGE),
        when: random.pick(MOMENTS),
      }),
    }),
  };
}

/** What makes the service refuse a request before it is carried out. */
function refusalFaults(faults: Faults) {
  return {
    throttled: faults.define({
      kind: 'request.throttled',
      describes: '429 with 9646, with or without Retry-After.',
      settings: Type.Object({
        retryAfterSeconds: Type.Optional(Type.Number({ minimum: 0 })),
        form: RetryForm,
      }),
      scope: REQUEST_SCOPE,
      draw: (random) => ({
        ...(random.chance(0.7) && { retryAfterSeconds: random.integer(1, 5) }),
        form: random.pick(FORMS),
      }),
    }),
    unavailable: faults.define({
      kind: 'request.unavailable',
      describes:
        '503 with 9729 and Retry-After; until then the location is blocked, and coming back early doubles the rest.',
      settings: Type.Object({ retryAfterSeconds: Seconds(30), form: RetryForm }),
      scope: REQUEST_SCOPE,
      draw: (random) => ({
        retryAfterSeconds: random.integer(1, 10),
        form: random.pick(FORMS),
      }),
    }),
    refused: faults.define({
      kind: 'request.refused',
      describes: 'Any error number, with its HTTP status or another.',
      settings: Type.Object({
        errorNumber: Type.Integer({ default: 9603 }),
        status: Type.Optional(Type.Integer({ minimum: 200, maximum: 599 })),
      }),
      scope: REQUEST_SCOPE,
    }),
    culprit: faults.define({
      kind: 'request.culprit',
      describes:
        'Associating or taking back is refused as a whole while one asset, user or device is in the request: the given one, or the first that comes by.',
      settings: Type.Object({
        errorNumber: Type.Integer({ default: 9602 }),
        named: Type.Boolean({ default: true, description: 'Whether errorInfo names it.' }),
        of: Type.Enum(['asset', 'target'], { default: 'target' }),
        adamId: Type.Optional(Type.String()),
        serialNumber: Type.Optional(Type.String()),
        clientUserId: Type.Optional(Type.String()),
      }),
      scope: REQUEST_SCOPE,
      draw: (random) => ({
        named: random.chance(0.5),
        of: random.pick(CULPRITS),
      }),
    }),
  };
}

function pagingFaults(faults: Faults) {
  return {
    versionChanges: faults.define({
      kind: 'paging.version-changes',
      describes:
        'The versionId changes before this page is answered, as when data change in flight.',
      settings: Type.Object({}),
      scope: REQUEST_SCOPE,
    }),
    versionExpired: faults.define({
      kind: 'paging.version-expired',
      describes: 'A sinceVersionId is refused with 9721.',
      settings: Type.Object({}),
      scope: REQUEST_SCOPE,
    }),
  };
}

function eventFaults(faults: Faults) {
  const scope = ['location', 'type'];
  return {
    eventSlow: faults.define({
      kind: 'event.slow',
      describes: 'An event takes this long.',
      settings: Type.Object({ seconds: Seconds(720) }),
      scope,
      draw: (random) => ({ seconds: random.integer(30, 900) }),
    }),
    eventLost: faults.define({
      kind: 'event.lost',
      describes: 'An event stays PENDING for ever; what it was to do is done or not.',
      settings: Type.Object({ applied: Type.Boolean({ default: false }) }),
      scope,
      draw: (random) => ({ applied: random.chance(0.5) }),
    }),
    eventFailed: faults.define({
      kind: 'event.failed',
      describes: 'A share (0 to 1) of what the event was to do fails with this number.',
      settings: Type.Object({
        errorNumber: Type.Integer({ default: 9603 }),
        share: Type.Number({ minimum: 0, maximum: 1, default: 1 }),
      }),
      scope,
      draw: (random) => ({
        errorNumber: random.pick([9603, 9644, 9609, 9709, 9616]),
        share: random.pick([0.1, 0.5, 1]),
      }),
    }),
    eventStarved: faults.define({
      kind: 'event.starved',
      describes:
        'Once a share (0 to 1) of an associate event is done, Apple refunds all free licenses of its assets: the rest fails with 9709.',
      settings: Type.Object({ share: Type.Number({ minimum: 0, maximum: 1, default: 0.5 }) }),
      scope,
    }),
  };
}

function notificationFaults(faults: Faults) {
  const define = <T extends Parameters<typeof Type.Object>[0]>(
    name: string,
    describes: string,
    settings: T,
  ) =>
    faults.define({
      kind: `notification.${name}`,
      describes,
      settings: Type.Object(settings),
      scope: ['location', 'type'],
    });
  return {
    lost: define('lost', 'A notification is never sent.', {}),
    delayed: define('delayed', 'A notification comes late.', { seconds: Seconds(120) }),
    duplicated: define('duplicated', 'A notification comes again with the same notificationId.', {
      copies: Type.Integer({ minimum: 1, default: 1 }),
      seconds: Seconds(0),
    }),
    reordered: define(
      'reordered',
      'A notification is held until the next one of its location was sent, a minute at most.',
      {},
    ),
    wrongBearer: define(
      'wrong-bearer',
      'Somebody who does not know the token sends the notification.',
      {},
    ),
    oldBearer: define(
      'old-bearer',
      'A notification is sent as configured before the last change of the configuration.',
      {},
    ),
    unknownType: define(
      'unknown-type',
      'A notification of a type nobody knows is sent before this one.',
      { type: Type.String({ default: 'SIMULATED_FUTURE_TYPE' }) },
    ),
    unknownLocation: define(
      'unknown-location',
      'A notification with the uId of another library is sent before this one.',
      { uId: Type.String({ default: '2049999999999999' }) },
    ),
  };
}
