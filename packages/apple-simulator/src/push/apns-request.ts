import type { IncomingHttpHeaders } from 'node:http2';

import type { Notification, TokenStatus } from './push-tokens.ts';

/** An answer of the push service other than 200. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
  /** When the token ceased to be valid, ms since the epoch. */
  readonly timestamp?: number;
}

export interface PushRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The UID of the client certificate, if that is valid. */
  readonly certificateTopic: string | undefined;
}

/** Apple's limit for a payload, bytes. */
const LARGEST_PAYLOAD = 4096;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The token in the path, or why there is none. Apple: "Sending notification requests to APNs". */
export function tokenOf(headers: IncomingHttpHeaders): string | Refusal {
  const path = headers[':path'] ?? '';
  if (!path.startsWith('/3/device')) return { status: 404, reason: 'BadPath' };
  if (headers[':method'] !== 'POST') return { status: 405, reason: 'MethodNotAllowed' };
  const token = path.slice('/3/device/'.length);
  if (token === '') return { status: 400, reason: 'MissingDeviceToken' };
  if (!/^[0-9a-f]{64,200}$/.test(token)) return { status: 400, reason: 'BadDeviceToken' };
  return token;
}

/**
 * Checks a request the way Apple's service does, and what it carries the way a managed device would.
 * @param wallNow real time, ms since the epoch: what the sender compares its expiration with
 * @returns the notification to deliver, or the refusal
 */
export function readNotification(
  { headers, body, certificateTopic }: PushRequest,
  token: TokenStatus,
  wallNow: number,
): Notification | Refusal {
  if (certificateTopic === undefined) return { status: 403, reason: 'BadCertificate' };
  return (
    wrongHeader(headers, certificateTopic) ??
    wrongToken(token, certificateTopic) ??
    readBody(body, lifetime(headers['apns-expiration'], wallNow))
  );
}

function wrongHeader(headers: IncomingHttpHeaders, certificateTopic: string): Refusal | undefined {
  const topic = headers['apns-topic'];
  if (topic === undefined || topic === '') return bad('MissingTopic');
  if (topic !== certificateTopic) return bad('TopicDisallowed');
  if (headers['apns-push-type'] !== 'mdm') return bad('InvalidPushType');
  if (!['10', '5', '1', undefined].includes(one(headers['apns-priority'])))
    return bad('BadPriority');
  const expiration = one(headers['apns-expiration']);
  if (expiration !== undefined && !/^\d{1,12}$/.test(expiration)) return bad('BadExpirationDate');
  const id = one(headers['apns-id']);
  return id === undefined || UUID.test(id) ? undefined : bad('BadMessageId');
}

function wrongToken(token: TokenStatus, topic: string): Refusal | undefined {
  if (token.kind === 'unknown') return bad('BadDeviceToken');
  if (token.kind === 'unregistered')
    return { status: 410, reason: 'Unregistered', timestamp: token.since };
  return token.topic === topic ? undefined : bad('DeviceTokenNotForTopic');
}

function readBody(body: Buffer, lifetimeMs: number): Notification | Refusal {
  if (body.length === 0) return bad('PayloadEmpty');
  if (body.length > LARGEST_PAYLOAD) return { status: 413, reason: 'PayloadTooLarge' };
  const magic = onlyMdm(body);
  // Not a reason of Apple's: the real service would take the body and the device would ignore it.
  return magic === undefined ? bad('BadPayload') : { magic, lifetimeMs };
}

/** The magic of a body that is exactly `{"mdm": "…"}`. */
function onlyMdm(body: Buffer): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const [[key, magic] = [], ...more] = Object.entries(parsed) as [string, unknown][];
  return key === 'mdm' && typeof magic === 'string' && more.length === 0 ? magic : undefined;
}

/** Apple keeps a notification without a date of expiry for as long as it sees fit. */
function lifetime(expiration: string | string[] | undefined, wallNow: number): number {
  const seconds = one(expiration);
  if (seconds === undefined) return Number.POSITIVE_INFINITY;
  return Math.max(0, Number(seconds) * 1000 - wallNow);
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function bad(reason: string): Refusal {
  return { status: 400, reason };
}
