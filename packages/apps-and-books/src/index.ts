export { parseContentToken, type ContentToken } from './content-token.ts';
export { AppsAndBooks, type AppsAndBooksOptions } from './apps-and-books.ts';
export {
  type Accepted,
  type AssetFilter,
  type AssignmentFilter,
  type ClientConfigChange,
  type LicenseChange,
  LocationClient,
  type UserChange,
  type UserFilter,
} from './location-client.ts';
export type { LocationCredential, OnPage } from './location-calls.ts';
export type { Page, WalkResult } from './walk.ts';
export { Catalog, catalogBatch, type CatalogQuery } from './catalog.ts';
export type { Clock } from './clock.ts';
export { type RateLimiter, TokenBucket } from './http/rate-limiter.ts';
export { parseRetryAfter } from './http/retry-after.ts';
export { parseAppleDate } from './answers/apple-date.ts';
export type { Asset } from './answers/assets.ts';
export type { Assignment, Holder } from './answers/assignments.ts';
export type { ClientConfig } from './answers/client-config.ts';
export type { AssetReference, LocationAnswer } from './answers/common.ts';
export type { EventFailure, EventStatus } from './answers/event-status.ts';
export { type Notification, parseNotification } from './answers/notification.ts';
export { defaultLimits, type ServiceConfig, type ServiceLimits } from './answers/service-config.ts';
export type { Title } from './answers/titles.ts';
export type { User } from './answers/users.ts';
export {
  AppsAndBooksError,
  type ContentTokenCode,
  ContentTokenError,
  type ErrorCode,
  type ErrorInfo,
  ForeignOwnerError,
  InvalidAnswerError,
  LocationMismatchError,
  type MdmInfo,
  RefusedError,
  UnavailableError,
  UnknownOutcomeError,
} from './errors/errors.ts';
export {
  type ErrorExplanation,
  explainErrorNumber,
  knownErrorNumbers,
  type NumberedCode,
  type Who,
} from './errors/numbers.ts';
