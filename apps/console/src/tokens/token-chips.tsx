import type { Token, TokenState } from '../api/tokens.ts';
import { type Expiry, expiryOf, formatDate, formatRelative } from '../format/times.ts';
import { StateChip, type Tone } from '../ui/state-chip.tsx';
import { useNow } from '../ui/use-now.ts';

const states: Readonly<Record<TokenState, readonly [string, Tone]>> = {
  unknown: ['Checking', 'busy'],
  valid: ['Active', 'good'],
  expired: ['Expired', 'bad'],
  invalid: ['Invalid', 'bad'],
  assignedToExternalMDM: ['Assigned to external MDM', 'bad'],
  duplicateLocationId: ['Duplicate', 'attention'],
};

/** The organization and the location, once where both have the same name. */
export function placeOf({ organizationName, locationName }: Token): string {
  return organizationName === locationName
    ? organizationName
    : `${organizationName} · ${locationName}`;
}

/** The state as Intune words it; a pulled brake, a paused and a closed location go before "Active". */
export function TokenChip({ token }: { readonly token: Token }) {
  const [word, tone] = states[token.state];
  if (token.state === 'valid' && token.location.brake !== null) {
    return <StateChip tone="attention">Waiting for approval</StateChip>;
  }
  if (token.state === 'valid' && token.location.paused !== null) {
    return <StateChip tone="attention">Paused</StateChip>;
  }
  if (token.state === 'valid' && token.location.closed !== null) {
    return <StateChip tone="attention">Closed</StateChip>;
  }
  return <StateChip tone={tone}>{word}</StateChip>;
}

/** One sentence about what is not as it should be; undefined when all is well. */
export function troubleOf(token: Token): string | undefined {
  if (token.state !== 'valid' && token.state !== 'unknown') {
    return token.stateReason ?? undefined;
  }
  if (token.location.brake !== null) {
    return `${token.location.brake.waiting} licenses wait to be taken back`;
  }
  if (token.location.paused !== null) {
    return `By ${token.location.paused.by}: ${token.location.paused.reason}`;
  }
  if (token.location.closed !== null) {
    return `All licenses were taken back by ${token.location.closed.by}`;
  }
  return undefined;
}

const expiryTones: Readonly<Record<Expiry, Tone>> = {
  expired: 'bad',
  soon: 'attention',
  fine: 'quiet',
};

/** "in 11 months", louder the closer it is. */
export function ExpiryChip({ at }: { readonly at: string }) {
  const now = useNow();
  const date = new Date(at);
  const expiry = expiryOf(date, now);
  const text = formatRelative(date, now);
  return (
    <span title={formatDate(date)}>
      {expiry === 'fine' ? text : <StateChip tone={expiryTones[expiry]}>{text}</StateChip>}
    </span>
  );
}

const notifications = {
  on: ['On', 'good'],
  off: ['Off', 'quiet'],
  failed: ['Failed', 'attention'],
} as const;

export function NotificationsChip({ token }: { readonly token: Token }) {
  const [word, tone] = notifications[token.location.notifications];
  return <StateChip tone={tone}>{word}</StateChip>;
}
