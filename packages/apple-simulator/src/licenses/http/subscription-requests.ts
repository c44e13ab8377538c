import { Type } from 'typebox';

import { ServiceError } from '../errors.ts';
import type { Subscription } from '../subscriptions/subscription.ts';
import type { SeatRequest } from '../subscriptions/work.ts';
import type { UserRecord } from '../users.ts';
import { type Call, commonFields, text } from './operation.ts';
import { duplicates } from './targets.ts';

export const SeatFields = {
  adamIds: Type.Optional(Type.Array(Type.Integer())),
  clientUserIds: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
};

interface SeatLists {
  readonly adamIds?: readonly number[];
  readonly clientUserIds?: readonly string[];
}

/**
 * The subscriptions and the associated users that a request names.
 * @throws ServiceError 9718, 9719, 9700, 9701, 9703, 9704, 9811, 9814
 */
export function parseSeats(
  { location, service }: Call,
  { adamIds = [], clientUserIds = [] }: SeatLists,
): SeatRequest {
  const { maxSubscriptions, maxSubscriptionClientUserIds } = service.settings.limits;
  if (adamIds.length === 0) throw new ServiceError(9718);
  if (clientUserIds.length === 0) throw new ServiceError(9719);
  if (adamIds.length > maxSubscriptions) throw new ServiceError(9700);
  if (clientUserIds.length > maxSubscriptionClientUserIds) throw new ServiceError(9701);
  if (duplicates(adamIds).length > 0) throw new ServiceError(9703);
  if (duplicates(clientUserIds).length > 0) throw new ServiceError(9704);
  const subscriptions = adamIds.map((adamId) => {
    const subscription = location.subscriptions.get(adamId);
    if (subscription === undefined) throw new ServiceError(9811);
    return subscription;
  });
  const users = clientUserIds.map((clientUserId) => {
    const user = location.users.active(clientUserId);
    if (user?.status === 'Associated') return user;
    throw new ServiceError(9814, { info: { clientUserIds: [clientUserId] } });
  });
  return { subscriptions, users };
}

/** @throws ServiceError 9815 unless every user is among those of every subscription */
export function requireHeld(
  { subscriptions, users }: SeatRequest,
  among: (subscription: Subscription) => { has(user: UserRecord): boolean },
): void {
  const missing = users.filter((user) => !subscriptions.every((each) => among(each).has(user)));
  if (missing.length === 0) return;
  const clientUserIds = missing.map(({ clientUserId }) => clientUserId);
  throw new ServiceError(9815, { info: { clientUserIds } });
}

/** A query parameter given any number of times, as a test; absent: everything passes. */
export function wantedText(call: Call, name: string): (value: string) => boolean {
  const values = valuesOf(call, name);
  return (value) => values?.includes(value) ?? true;
}

/** The same for Adam IDs. @throws ServiceError 9813 when one is no number */
export function wantedAdamId(call: Call, name: string): (value: number | null) => boolean {
  const values = valuesOf(call, name);
  if (values?.some((value) => !/^\d{1,15}$/u.test(value))) throw new ServiceError(9813);
  return (value) => values?.includes(String(value)) ?? true;
}

function valuesOf({ query }: Call, name: string): string[] | undefined {
  const given = query[name];
  if (given === undefined) return undefined;
  return [given].flat().flatMap((each) => (typeof each === 'string' ? each.split(',') : []));
}

/** A page by cursor: `nextCursor` is absent at the end. @throws ServiceError 9812 */
export function cursorPage<T>(
  call: Call,
  records: readonly T[],
  show: (records: readonly T[]) => object,
): object {
  const { core, settings } = call.service;
  const from = positionOf(text(call, 'cursor'));
  if (from > records.length) throw new ServiceError(9812);
  const shown = records.slice(from, from + settings.pageSize);
  const next = from + shown.length;
  core.counters.add('pages', call.location.uId);
  return {
    ...show(shown),
    ...(next < records.length && {
      nextCursor: Buffer.from(`after ${next}`).toString('base64url'),
    }),
    versionId: call.location.subscriptionsVersion.current(),
    ...commonFields(call),
  };
}

function positionOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const position = /^after (\d+)$/u.exec(Buffer.from(cursor, 'base64url').toString('utf8'))?.[1];
  if (position === undefined) throw new ServiceError(9812);
  return Number(position);
}
