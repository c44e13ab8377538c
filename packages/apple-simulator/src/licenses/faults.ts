import { Type } from 'typebox';

import type { Faults } from '../core/faults.ts';

const Seconds = (byDefault: number) => Type.Number({ minimum: 0, default: byDefault });
const REQUEST_SCOPE = ['location', 'path'];
const NOTIFICATION_SCOPE = ['location', 'type'];

/** Every way the license service can go wrong on demand. */
export type LicenseFaults = ReturnType<typeof defineLicenseFaults>;

export function defineLicenseFaults(faults: Faults) {
  return { ...requestFaults(faults), ...eventFaults(faults), ...notificationFaults(faults) };
}

function requestFaults(faults: Faults) {
  return {
    slow: faults.define({
      kind: 'request.slow',
      describes: 'The answer waits for some real milliseconds.',
      settings: Type.Object({ ms: Type.Integer({ minimum: 0, default: 1000 }) }),
      scope: REQUEST_SCOPE,
    }),
    throttled: faults.define({
      kind: 'request.throttled',
      describes: '429 with 9646.',
      settings: Type.Object({ retryAfterSeconds: Type.Optional(Seconds(1)) }),
      scope: REQUEST_SCOPE,
    }),
    unavailable: faults.define({
      kind: 'request.unavailable',
      describes:
        '503 with 9729 and Retry-After; until then the location is blocked, and coming back early doubles the rest.',
      settings: Type.Object({
        retryAfterSeconds: Seconds(30),
        form: Type.Enum(['seconds', 'date'], { default: 'seconds' }),
      }),
      scope: REQUEST_SCOPE,
    }),
    html: faults.define({
      kind: 'request.html',
      describes: 'An error page in HTML from a proxy in between.',
      settings: Type.Object({ status: Type.Integer({ minimum: 200, maximum: 599, default: 502 }) }),
      scope: REQUEST_SCOPE,
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
    broken: faults.define({
      kind: 'request.broken',
      describes:
        'The connection breaks before the request is carried out, or after it, before the answer.',
      settings: Type.Object({ when: Type.Enum(['before', 'after'], { default: 'after' }) }),
      scope: REQUEST_SCOPE,
    }),
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
    }),
    eventLost: faults.define({
      kind: 'event.lost',
      describes: 'An event stays PENDING for ever; what it was to do is done or not.',
      settings: Type.Object({ applied: Type.Boolean({ default: false }) }),
      scope,
    }),
    eventFailed: faults.define({
      kind: 'event.failed',
      describes: 'A share (0 to 1) of what the event was to do fails with this number.',
      settings: Type.Object({
        errorNumber: Type.Integer({ default: 9603 }),
        share: Type.Number({ minimum: 0, maximum: 1, default: 1 }),
      }),
      scope,
    }),
  };
}

function notificationFaults(faults: Faults) {
  return {
    lost: faults.define({
      kind: 'notification.lost',
      describes: 'A notification is never sent.',
      settings: Type.Object({}),
      scope: NOTIFICATION_SCOPE,
    }),
    delayed: faults.define({
      kind: 'notification.delayed',
      describes: 'A notification comes late.',
      settings: Type.Object({ seconds: Seconds(120) }),
      scope: NOTIFICATION_SCOPE,
    }),
    duplicated: faults.define({
      kind: 'notification.duplicated',
      describes: 'A notification comes again with the same notificationId.',
      settings: Type.Object({ copies: Type.Integer({ minimum: 1, default: 1 }) }),
      scope: NOTIFICATION_SCOPE,
    }),
    reordered: faults.define({
      kind: 'notification.reordered',
      describes:
        'A notification is held until the next one of its location was sent, a minute at most.',
      settings: Type.Object({}),
      scope: NOTIFICATION_SCOPE,
    }),
    wrongBearer: faults.define({
      kind: 'notification.wrong-bearer',
      describes: 'Somebody who does not know the token sends the notification.',
      settings: Type.Object({}),
      scope: NOTIFICATION_SCOPE,
    }),
    unknownType: faults.define({
      kind: 'notification.unknown-type',
      describes: 'A notification of a type nobody knows is sent before this one.',
      settings: Type.Object({ type: Type.String({ default: 'SIMULATED_FUTURE_TYPE' }) }),
      scope: NOTIFICATION_SCOPE,
    }),
  };
}
