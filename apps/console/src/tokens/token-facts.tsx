import type { Token } from '../api/tokens.ts';
import { counted, formatNumber } from '../format/numbers.ts';
import { formatDate } from '../format/times.ts';
import { paths } from '../paths.ts';
import { Facts } from '../ui/facts.tsx';
import { RouterLink } from '../ui/links.tsx';
import { RelativeTime } from '../ui/relative-time.tsx';
import { Surface } from '../ui/surface.tsx';
import { regionName } from './region-name.ts';
import { SyncCell } from './sync-status.tsx';
import { ExpiryChip, NotificationsChip, TokenChip } from './token-chips.tsx';

export function TokenFacts({ token }: { readonly token: Token }) {
  const { location } = token;
  return (
    <Surface padded>
      <Facts
        facts={[
          ['State', <TokenChip key="state" token={token} />],
          [
            'Expires',
            <span key="expires">
              {formatDate(new Date(token.expirationDateTime))},{' '}
              <ExpiryChip at={token.expirationDateTime} />
            </span>,
          ],
          ['Last sync', <SyncCell key="sync" token={token} />],
          [
            'Apps',
            <RouterLink key="apps" {...paths.apps({ token: token.id })}>
              {counted(token.apps, 'app')}
            </RouterLink>,
          ],
          ['Books', formatNumber(token.books)],
          [
            'Licenses held',
            `${formatNumber(token.heldLicenses)} of ${formatNumber(token.ownedLicenses)} owned`,
          ],
          ['Waiting for a license', counted(token.waitingLicenses, 'device')],
          ['Changes on their way', formatNumber(location.openChanges)],
          ['Requests at Apple', formatNumber(location.requestsInFlight)],
          [
            'Notifications from Apple',
            <span key="notifications">
              <NotificationsChip token={token} />{' '}
              {location.lastNotificationDateTime !== null && (
                <>
                  last <RelativeTime at={location.lastNotificationDateTime} />
                </>
              )}
            </span>,
          ],
          ['Apple ID', token.appleId],
          ['Country or region', regionName(token.countryOrRegion)],
          ['Account type', token.accountType === 'education' ? 'Education' : 'Business'],
          ['Automatic app updates', token.automaticallyUpdateApps ? 'On' : 'Off'],
        ]}
      />
    </Surface>
  );
}
