import { ServiceError } from '../errors.ts';
import type { Location } from '../location.ts';
import type { LicenseService } from '../service.ts';
import type { ContentToken } from '../tokens.ts';
import type { Operation } from './operation.ts';

/** What an Authorization header stands for: the text of a content token. */
export function bearer(authorization: string | undefined): string {
  return /^Bearer (\S+)$/u.exec(authorization ?? '')?.[1] ?? '';
}

/**
 * The token of a request, if it may call the operation now.
 * @throws ServiceError 9601, 9722, 9622, 9621, 9625, 9637, 9647, 9646
 */
export function admit(
  service: LicenseService,
  authorization: string | undefined,
  operation: Operation,
): ContentToken {
  if (!authorization) throw new ServiceError(9601);
  const text = bearer(authorization);
  if (text === '') throw new ServiceError(9722);
  const token = service.tokens.find(text);
  if (token === undefined) throw new ServiceError(9622);
  if (token.state === 'revoked') throw new ServiceError(9625);
  if (token.state === 'legacy') throw new ServiceError(9647);
  if (token.state === 'facilitator') throw new ServiceError(9637);
  if (token.expiresAt <= service.core.clock.now()) throw new ServiceError(9621);
  throttle(service, token);
  if (token.readOnly && !operation.readOnly) throw new ServiceError(9601, { status: 403 });
  return token;
}

/** Counts the requests of the last real second: it is real traffic that is limited, however time runs. */
function throttle({ core, settings }: LicenseService, token: ContentToken): void {
  const now = core.clock.wallNow();
  token.recentRequests = token.recentRequests.filter((at) => at > now - 1000);
  if (token.recentRequests.length >= settings.limits.maxRequestPerSecond) {
    throw new ServiceError(9646);
  }
  token.recentRequests.push(now);
}

/**
 * Lets the faults strike that end a request before it is carried out.
 * @throws ServiceError
 */
export function strikeRequest(
  { core, faults }: LicenseService,
  location: Location | undefined,
  scope: Readonly<Record<string, string>>,
): void {
  const throttled = faults.throttled.strike(scope);
  if (throttled) {
    const { retryAfterSeconds, form } = throttled;
    if (retryAfterSeconds === undefined) throw new ServiceError(9646);
    const until = core.clock.now() + retryAfterSeconds * 1000;
    throw new ServiceError(9646, { retryAfter: retryAfter(core.clock.now(), until, form) });
  }
  const refused = faults.refused.strike(scope);
  if (refused) {
    const { errorNumber, status } = refused;
    throw new ServiceError(errorNumber, status === undefined ? {} : { status });
  }
  const now = core.clock.now();
  if (location && location.blockedUntil > now) {
    location.blockedUntil += location.blockedUntil - now;
    throw unavailable(now, location.blockedUntil, 'seconds');
  }
  const away = faults.unavailable.strike(scope);
  if (away) {
    const until = now + away.retryAfterSeconds * 1000;
    if (location && !core.clock.skipsDelays) location.blockedUntil = until;
    throw unavailable(now, until, away.form);
  }
}

function unavailable(now: number, until: number, form: 'seconds' | 'date'): ServiceError {
  return new ServiceError(9729, { retryAfter: retryAfter(now, until, form) });
}

/** A value of the header Retry-After. */
function retryAfter(now: number, until: number, form: 'seconds' | 'date'): string {
  return form === 'date' ? new Date(until).toUTCString() : String(Math.ceil((until - now) / 1000));
}
