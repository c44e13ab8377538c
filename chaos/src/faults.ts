import type { Organization } from './organization.ts';
import type { Random } from './random.ts';
import type { Stage } from './stage.ts';

/** What the report calls the kinds of fault of Apple in a box. */
const names: Readonly<Record<string, string>> = {
  'notification.lost': 'lostNotification',
  'notification.duplicated': 'repeatedNotification',
  'notification.reordered': 'reorderedNotification',
  'notification.delayed': 'delayedNotification',
  'notification.wrong-bearer': 'strangersNotification',
  'notification.old-bearer': 'oldBearer',
  'notification.unknown-type': 'unknownNotification',
  'notification.unknown-location': 'otherLocationsNotification',
  'request.throttled': 'tooManyRequests',
  'request.unavailable': 'unavailable',
  'request.refused': 'serverError',
  'request.html': 'htmlAnswer',
  'request.garbage': 'garbledAnswer',
  'request.broken': 'cutConnection',
  'request.slow': 'slowAnswer',
  'request.culprit': 'refusedForOne',
  'paging.version-changes': 'changedVersion',
  'paging.version-expired': 'expiredVersion',
  'event.slow': 'slowEvent',
  'event.lost': 'lostEvent',
  'event.failed': 'failedEvent',
  'event.starved': 'ranOut',
  'stock.refunded': 'refund',
  'stock.transferred': 'transfer',
  'title.vanished': 'vanishedTitle',
  'claim.stolen': 'stolenToken',
  'claim.returned': 'returnedToken',
  'token.expired': 'expiredToken',
  'token.revoked': 'revokedToken',
  'manager.assigned': 'assignedByOthers',
  'manager.took-back': 'takenBackByOthers',
  'push.lost': 'lostPush',
  'push.answer': 'refusedPush',
  'device.unreachable': 'lostMessage',
  'device.answer-lost': 'lostAnswer',
  'device.slow': 'slowDevice',
};

/** Every kind that can be counted, not met yet; the last three are done to the server itself. */
export const unmet: Readonly<Record<string, number>> = Object.fromEntries(
  [...Object.values(names), 'kill', 'freeze', 'staleLease'].map((name) => [name, 0]),
);

interface Kind {
  readonly kind: string;
  readonly settings?: object;
  readonly probability?: number;
  readonly times?: number;
}

const writes = { path: '/assets/*' };

/** Drawn for most schedules: they come and go by themselves. */
const passing: readonly Kind[] = [
  { kind: 'notification.lost', times: 3 },
  { kind: 'notification.duplicated', times: 4, settings: { copies: 2, seconds: 45 } },
  { kind: 'notification.reordered', times: 3 },
  { kind: 'notification.delayed', times: 3 },
  { kind: 'notification.wrong-bearer' },
  { kind: 'notification.old-bearer' },
  { kind: 'notification.unknown-type' },
  { kind: 'notification.unknown-location' },
  { kind: 'request.throttled' },
  { kind: 'request.unavailable' },
  { kind: 'request.refused' },
  { kind: 'request.html' },
  { kind: 'request.garbage' },
  { kind: 'request.broken' },
  { kind: 'request.slow', times: 1 },
  { kind: 'request.culprit', times: 2 },
  { kind: 'paging.version-changes' },
  { kind: 'paging.version-expired' },
  { kind: 'event.slow', times: 1 },
  { kind: 'event.lost', times: 1 },
  { kind: 'event.failed', times: 1 },
  { kind: 'event.starved', times: 1 },
];

/** Drawn for some: they change what the organization has, or who may speak for it. */
const lasting: readonly Kind[] = [
  { kind: 'stock.refunded' },
  { kind: 'stock.transferred' },
  { kind: 'title.vanished' },
  { kind: 'claim.stolen' },
  { kind: 'claim.returned' },
  { kind: 'token.expired' },
  { kind: 'token.revoked' },
  { kind: 'manager.assigned' },
  { kind: 'manager.took-back' },
];

/** Drawn as well where devices are enrolled. */
const ofDevices: readonly Kind[] = [
  { kind: 'push.lost', times: 3 },
  { kind: 'push.answer', times: 2 },
  { kind: 'device.unreachable', times: 4 },
  { kind: 'device.answer-lost', times: 4 },
  { kind: 'device.slow', times: 2 },
];

/**
 * Faults that tempt the server to send something twice are aimed at what it sends; to settle it twice, at notifications
 * that come when it has asked by itself already and the opposite is on its way.
 */
const aimed: readonly object[] = [
  { kind: 'request.broken', settings: { when: 'after' }, scope: writes, times: 2 },
  { kind: 'request.garbage', settings: { when: 'after' }, scope: writes, times: 1 },
  { kind: 'notification.delayed', settings: { seconds: 340 }, times: 100 },
];

/** Switches a drawn mixture of faults on, all over after `seconds` of simulated time. */
export async function switchFaultsOn(
  stage: Stage,
  { fleet }: Organization,
  random: Random,
  seconds: number,
): Promise<void> {
  const drawn = [
    ...random.sample(passing, random.integer(4, 8)),
    ...random.sample(lasting, random.integer(0, 2)),
    ...(fleet.length > 0 ? random.sample(ofDevices, random.integer(1, 3)) : []),
  ];
  await stage.apple.text('POST', '/_control/schedules', {
    seed: random.integer(1, 1_000_000),
    seconds,
    count: drawn.length * 2,
    kinds: drawn,
  });
  if (!random.chance(0.6)) return;
  const fault = random.pick(aimed);
  await stage.apple.text('POST', '/_control/faults', { ...fault, forSeconds: seconds });
}

/** How often which kind struck, in the report's words. */
export async function struckKinds(stage: Stage): Promise<Readonly<Record<string, number>>> {
  const { faults } = await stage.apple.json<{ faults: Record<string, number> }>(
    'GET',
    '/_control/counters',
  );
  return Object.fromEntries(
    Object.entries(faults).flatMap(([kind, n]) => {
      const name = names[kind];
      return name === undefined ? [] : [[name, n]];
    }),
  );
}
