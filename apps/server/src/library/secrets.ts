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

export function sealNotificationSecret(context: Context, uid: string, secret: string): Buffer {
  return context.secrets.seal(secret, notificationPlace(uid));
}

/** @throws SealError when the secret key is not the one it was sealed with */
export function openNotificationSecret(context: Context, uid: string, sealed: Buffer): string {
  return context.secrets.openText(sealed, notificationPlace(uid));
}
