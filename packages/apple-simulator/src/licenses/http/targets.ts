import { Type } from 'typebox';

import { ServiceError } from '../errors.ts';
import type { Target } from '../open-pairs.ts';
import type { Call } from './operation.ts';

const Ids = Type.Optional(Type.Array(Type.String({ minLength: 1 })));

/** The fields that name devices and users. */
export const TargetFields = { clientUserIds: Ids, serialNumbers: Ids };

interface TargetLists {
  readonly clientUserIds?: readonly string[];
  readonly serialNumbers?: readonly string[];
}

/**
 * The targets of a request, users first.
 * @throws ServiceError 9719, 9701, 9702, 9704, 9705, and 9609 for users who are not registered
 */
export function parseTargets(
  call: Call,
  { clientUserIds = [], serialNumbers = [] }: TargetLists,
  limits: Readonly<Record<'clientUserIds' | 'serialNumbers', number>>,
): Target[] {
  if (clientUserIds.length + serialNumbers.length === 0) throw new ServiceError(9719);
  if (clientUserIds.length > limits.clientUserIds) throw new ServiceError(9701);
  if (serialNumbers.length > limits.serialNumbers) throw new ServiceError(9702);
  const usersTwice = duplicates(clientUserIds);
  if (usersTwice.length > 0) throw new ServiceError(9704, { info: { clientUserIds: usersTwice } });
  const devicesTwice = duplicates(serialNumbers);
  if (devicesTwice.length > 0)
    throw new ServiceError(9705, { info: { serialNumbers: devicesTwice } });
  const strangers = clientUserIds.filter((id) => call.location.users.active(id) === undefined);
  if (strangers.length > 0) throw new ServiceError(9609, { info: { clientUserIds: strangers } });
  return [
    ...clientUserIds.map((clientUserId) => ({ clientUserId })),
    ...serialNumbers.map((serialNumber) => ({ serialNumber })),
  ];
}

/** The items that repeat an earlier one. */
export function duplicates<T>(
  items: readonly T[],
  key: (item: T) => unknown = (item) => item,
): T[] {
  const seen = new Set<unknown>();
  return items.filter((item) => {
    const before = seen.size;
    return seen.add(key(item)).size === before;
  });
}
