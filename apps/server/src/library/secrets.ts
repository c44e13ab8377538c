import { randomBytes } from 'node:crypto';
import type { Context } from '../context.ts';

/** Where the secrets of this room lie: a value copied elsewhere does not open (Law 10). */
const tokenPlace = (tokenId: string): string => `library.token.secret:${tokenId}`;
const notificationPlace = (locationUid: string): string =>
  `library.location.notification_secret:${locationUid}`;

export function sealToken(context: Context, tokenId: string, sToken: string): Buffer {
  return context.secrets.seal(sToken, tokenPlace(tokenId));
}

/** @throws SealError when the secret key is not the one it was sealed with */
export function openToken(context: Context, token: { id: string; secret: Buffer }): string {
  return context.secrets.openText(token.secret, tokenPlace(token.id));
}

/** A new bearer for Apple's notifications, sealed. */
export function newNotificationSecret(context: Context, uid: string): Buffer {
  return context.secrets.seal(randomBytes(32).toString('base64url'), notificationPlace(uid));
}

/** @throws SealError when the secret key is not the one it was sealed with */
export function openNotificationSecret(context: Context, uid: string, sealed: Buffer): string {
  return context.secrets.openText(sealed, notificationPlace(uid));
}
