/** What the push service said to one push. */
export interface PushAnswer {
  status: number;
  apnsId: string | undefined;
  /** Apple's word for what was wrong; undefined on success. */
  reason: string | undefined;
  /** With status 410: since when the token has been void. */
  timestamp: Date | undefined;
}

export type PushVerdict =
  /** Accepted by the push service; a sleeping device may still answer days later. */
  | { kind: 'delivered' }
  /** Forget the token, keep the enrollment and wait for a TokenUpdate. With `ifOlderThan`, only a token older than that. */
  | { kind: 'dropToken'; ifOlderThan: Date | undefined }
  /** Nothing can be pushed until the push certificate is mended. */
  | { kind: 'certificateProblem'; reason: string }
  | { kind: 'ourBug'; reason: string }
  /** This device was pushed to too often. */
  | { kind: 'backOff' }
  | { kind: 'retry'; reason: string };

const VOID_TOKEN = new Set(['BadDeviceToken', 'DeviceTokenNotForTopic']);

/**
 * What to do after an answer.
 * @see https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
 */
export function classifyPush(answer: PushAnswer): PushVerdict {
  const reason = answer.reason ?? `HTTP ${answer.status}`;
  if (answer.status === 200) return { kind: 'delivered' };
  if (answer.status === 410) return { kind: 'dropToken', ifOlderThan: answer.timestamp };
  if (answer.status === 400 && VOID_TOKEN.has(reason))
    return { kind: 'dropToken', ifOlderThan: undefined };
  if (answer.status === 403) return { kind: 'certificateProblem', reason };
  if (answer.status === 429) return { kind: 'backOff' };
  if (answer.status === 400 && reason === 'IdleTimeout') return { kind: 'retry', reason };
  if (answer.status >= 500) return { kind: 'retry', reason };
  return { kind: 'ourBug', reason };
}
