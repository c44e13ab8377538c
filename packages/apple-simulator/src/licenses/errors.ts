/** Apple's error numbers: what they say and the HTTP status they come with (asynchronous ones come in events only). */
const ERRORS = new Map<number, readonly [message: string, status: number]>([
  [9601, ['Login required.', 401]],
  [9602, ['Invalid argument.', 400]],
  [9603, ['Internal error.', 500]],
  [9609, ['Registered user not found.', 400]],
  [9616, ['Asset already assigned.', 400]],
  [9619, ['Asset not assigned.', 400]],
  [9621, ['Token expired.', 401]],
  [9622, ['Invalid authentication token.', 401]],
  [9623, ['Invalid push token.', 400]],
  [9625, ['Token revoked.', 401]],
  [9634, ['Service no longer available.', 410]],
  [9635, ['The Apple Account cannot be associated.', 400]],
  [9637, ['Facilitator accounts are not supported.', 403]],
  [9641, ['The Apple Account is already associated with another user.', 400]],
  [9644, ['Under maintenance. Try again later.', 503]],
  [9646, ['Too many requests for the organization.', 429]],
  [9647, ['Tokens without a location are not supported.', 403]],
  [9650, ['Invalid page index.', 400]],
  [9700, ['Too many assets.', 400]],
  [9701, ['Too many client user ids.', 400]],
  [9702, ['Too many serial numbers.', 400]],
  [9703, ['Duplicate assets.', 400]],
  [9704, ['Duplicate client user ids.', 400]],
  [9705, ['Duplicate serial numbers.', 400]],
  [9706, ['Asset is not revocable.', 400]],
  [9707, ['Asset cannot be assigned to devices.', 400]],
  [9708, ['Event id not found.', 400]],
  [9709, ['Not enough assets available.', 400]],
  [9710, ['Notification URL and authentication token are both required.', 400]],
  [9711, ['Notification URL or authentication token too long.', 400]],
  [9712, ['Notification URL is not a valid https URL.', 400]],
  [9713, ['MDM metadata too long.', 400]],
  [9714, ['Too many users.', 400]],
  [9715, ['Duplicate users.', 400]],
  [9716, ['Registered user already exists.', 400]],
  [9717, ['Invalid email address.', 400]],
  [9718, ['Assets missing.', 400]],
  [9719, ['Client user ids or serial numbers missing.', 400]],
  [9720, ['Users missing.', 400]],
  [9721, ['Invalid version id.', 400]],
  [9722, ['Malformed Authorization header.', 401]],
  [9723, ['MDM information is incomplete.', 400]],
  [9724, ['MDM id too long.', 400]],
  [9725, ['MDM name too long.', 400]],
  [9726, ['Method not allowed.', 405]],
  [9727, ['Content-Type has to be application/json.', 415]],
  [9728, ['Notification URL cannot be reached.', 400]],
  [9729, ['Service temporarily unavailable.', 503]],
  [9811, ['Invalid subscription association.', 400]],
  [9812, ['Invalid cursor.', 400]],
  [9813, ['Invalid subscription adamId.', 400]],
  [9814, ['No associated user for the client user id.', 400]],
  [9815, ['The subscription is not assigned to the user.', 400]],
  [9816, ['Subscription limit exceeded.', 400]],
  [9817, ['Assigned by membership of a group already.', 400]],
  [9818, ['Subscriptions exist, so they cannot be disabled.', 400]],
]);

/** Which things an error concerns. */
export interface ErrorInfo {
  assets?: { adamId: string; pricingParam: string }[];
  clientUserIds?: string[];
  serialNumbers?: string[];
}

export interface ErrorBody {
  readonly errorNumber: number;
  readonly errorMessage: string;
  readonly errorInfo?: ErrorInfo;
}

/** The numbers and messages that GET /service/config lists. */
export function errorCodes(): ErrorBody[] {
  return [...ERRORS].map(([errorNumber, [errorMessage]]) => ({ errorNumber, errorMessage }));
}

export function errorBody(errorNumber: number, errorInfo?: ErrorInfo): ErrorBody {
  const [errorMessage] = ERRORS.get(errorNumber) ?? [`Error ${errorNumber}.`];
  return { errorNumber, errorMessage, ...(errorInfo && { errorInfo }) };
}

export interface ServiceErrorOptions {
  readonly info?: ErrorInfo;
  /** Instead of the status that goes with the number. */
  readonly status?: number;
  /** Value of the Retry-After header. */
  readonly retryAfter?: string;
}

/** A refusal of the license service, answered at once: nothing was started. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly errorNumber: number;
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: ErrorBody;

  constructor(errorNumber: number, options: ServiceErrorOptions = {}) {
    const body = errorBody(errorNumber, options.info);
    super(`${errorNumber} ${body.errorMessage}`);
    this.errorNumber = errorNumber;
    this.body = body;
    this.status = options.status ?? ERRORS.get(errorNumber)?.[1] ?? 400;
    this.retryAfter = options.retryAfter;
  }
}
