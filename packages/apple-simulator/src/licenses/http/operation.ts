import { type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';

import { ServiceError } from '../errors.ts';
import type { Location, MdmInfo } from '../location.ts';
import type { LicenseService } from '../service.ts';
import { appleDate, type ContentToken } from '../tokens.ts';

const NEAR_EXPIRY_MS = 15 * 86_400_000;

/** A request that was let in. */
export interface Call {
  readonly service: LicenseService;
  readonly token: ContentToken;
  readonly location: Location;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** One operation of the service that needs a content token. */
export interface Operation {
  readonly method: 'GET' | 'POST';
  /** Below `/mdm/v2`. */
  readonly path: string;
  /** Counted as `${name}Requests`. */
  readonly name: string;
  /** Whether a read-only token may call it. */
  readonly readOnly: boolean;
  /** One of the lists that come in pages. */
  readonly paged?: true;
  /** The answer's JSON. @throws ServiceError */
  answer(call: Call): object | Promise<object>;
}

/** What every answer to a token carries. */
export function commonFields({ service, token, location }: Call): {
  uId: string;
  tokenExpirationDate?: string;
  mdmInfo?: MdmInfo;
} {
  const { tokenExpirationDate } = service.settings;
  const near = token.expiresAt - service.core.clock.now() <= NEAR_EXPIRY_MS;
  const named = tokenExpirationDate === 'always' || (tokenExpirationDate === 'near' && near);
  return {
    uId: location.uId,
    ...(named && { tokenExpirationDate: appleDate(token.expiresAt) }),
    ...(location.mdmInfo && { mdmInfo: location.mdmInfo }),
  };
}

/** The body in the expected shape. @throws ServiceError 9602 */
export function parseBody<T extends TSchema>(schema: T, body: unknown): Static<T> {
  if (!Value.Check(schema, body)) throw new ServiceError(9602);
  return body;
}

/** A query parameter as text; undefined when absent. @throws ServiceError 9602 when given twice */
export function text(call: Call, name: string): string | undefined {
  const value = call.query[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new ServiceError(9602);
}

/** A query parameter that is true or false. @throws ServiceError 9602 */
export function flag(call: Call, name: string): boolean | undefined {
  const value = text(call, name);
  if (value === undefined) return undefined;
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  throw new ServiceError(9602);
}

/** A query parameter that is a whole number. @throws ServiceError 9602 */
export function count(call: Call, name: string): number | undefined {
  const value = text(call, name);
  if (value === undefined) return undefined;
  if (!/^\d{1,10}$/u.test(value)) throw new ServiceError(9602);
  return Number(value);
}
