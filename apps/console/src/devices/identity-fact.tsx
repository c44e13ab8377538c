import { Link } from '@fluentui/react-components';
import { expiryOf, formatDate } from '../format/times.ts';
import { StateChip } from '../ui/state-chip.tsx';
import { useNow } from '../ui/use-now.ts';

interface IdentityFactProps {
  readonly at: string;
  readonly onRenew: () => void;
}

/** Until when the device is known by its identity; the way to a new one where it ends soon. */
export function IdentityFact({ at, onRenew }: IdentityFactProps) {
  const date = new Date(at);
  const expiry = expiryOf(date, useNow());
  if (expiry === 'fine') return <span>Good until {formatDate(date)}</span>;
  return (
    <span>
      <StateChip tone={expiry === 'soon' ? 'attention' : 'bad'}>
        {expiry === 'soon' ? `Ends ${formatDate(date)}` : `Ended ${formatDate(date)}`}
      </StateChip>{' '}
      {expiry === 'soon' && (
        <Link as="button" onClick={onRenew}>
          Renew…
        </Link>
      )}
    </span>
  );
}
