import { InvalidAnswerError } from '../errors/errors.ts';
import { type Assignment, readAssignments } from './assignments.ts';
import { type AssetReference, readPricing } from './common.ts';
import { type EventFailure, readFailure } from './event-status.ts';
import {
  type Fields,
  optionalText,
  readMember,
  readObject,
  requiredAdamId,
  requiredInteger,
  requiredText,
  ShapeError,
} from './read.ts';
import { readUsers, type User } from './users.ts';

interface Envelope {
  /** The same in every delivery of one notification. */
  readonly notificationId: string;
  readonly uId: string;
}

/** What Apple's servers send; types not known yet keep their name and nothing else. */
export type Notification = Envelope &
  (
    | { readonly type: 'TEST_NOTIFICATION' }
    | ({ readonly type: 'ASSET_COUNT'; readonly countDelta: number } & AssetReference)
    | ({
        readonly type: 'ASSET_MANAGEMENT';
        readonly assignments: readonly Assignment[];
      } & Management)
    | ({ readonly type: 'USER_MANAGEMENT'; readonly users: readonly User[] } & Management)
    | { readonly type: 'USER_ASSOCIATED'; readonly users: readonly User[] }
    | { readonly type: 'other'; readonly name: string }
  );

interface Management {
  /** Actions of people in Apple's portal may have none. */
  readonly eventId: string | undefined;
  /** `ASSOCIATE`, `CREATE` and so on. */
  readonly operation: string;
  readonly succeeded: boolean;
  readonly failure: EventFailure | undefined;
}

/**
 * Reads one notification: at most a hundred elements; success and failure of one event come in separate ones, in any
 * order, perhaps twice.
 *
 * Source: https://developer.apple.com/documentation/devicemanagement/notification
 * @throws InvalidAnswerError naming the field
 */
export function parseNotification(body: unknown): Notification {
  try {
    return readNotification(readObject(body));
  } catch (error) {
    if (error instanceof ShapeError)
      throw new InvalidAnswerError('a notification', error.path, error.expected);
    throw error;
  }
}

function readNotification(fields: Fields): Notification {
  const envelope = {
    notificationId: requiredText(fields, 'notificationId'),
    uId: requiredText(fields, 'uId'),
  };
  const name = requiredText(fields, 'notificationType');
  const content = readMember(fields, 'notification', (member) => readContent(name, member));
  return { ...envelope, ...(content ?? readContent(name, {})) };
}

type Content<N> = N extends Envelope ? Omit<N, keyof Envelope> : never;

function readContent(name: string, fields: Fields): Content<Notification> {
  switch (name) {
    case 'TEST_NOTIFICATION':
      return { type: name };
    case 'ASSET_COUNT':
      return {
        type: name,
        adamId: requiredAdamId(fields),
        pricingParam: readPricing(fields),
        countDelta: requiredInteger(fields, 'countDelta'),
      };
    case 'ASSET_MANAGEMENT':
      return { type: name, ...readManagement(fields), assignments: readAssignments(fields) };
    case 'USER_MANAGEMENT':
      return { type: name, ...readManagement(fields), users: readUsers(fields, 'users') };
    case 'USER_ASSOCIATED':
      return { type: name, users: readUsers(fields, 'associatedUsers') };
    default:
      return { type: 'other', name };
  }
}

function readManagement(fields: Fields): Management {
  return {
    eventId: optionalText(fields, 'eventId'),
    operation: optionalText(fields, 'type') ?? '',
    succeeded: requiredText(fields, 'result') === 'SUCCESS',
    failure: readMember(fields, 'error', readFailure),
  };
}
