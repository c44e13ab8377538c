import { Body1, Link, makeStyles, tokens } from '@fluentui/react-components';
import type { AppDetail } from '../api/apps.ts';
import { formatDate } from '../format/times.ts';
import { Facts } from '../ui/facts.tsx';
import { Surface } from '../ui/surface.tsx';
import { familyName, platformNames } from './app-facts.ts';

const useStyles = makeStyles({
  about: { display: 'grid', gap: tokens.spacingVerticalXL },
  description: { whiteSpace: 'pre-line', maxWidth: '80ch' },
});

/** What Apple tells about an app; nothing here can be edited. */
export function AboutApp({ app }: { readonly app: AppDetail }) {
  const styles = useStyles();
  return (
    <Surface padded className={styles.about}>
      <Facts
        facts={[
          ['Publisher', app.artistName],
          ['Platform', platformNames[app.platform]],
          ['Device types', app.deviceFamilies.map(familyName).join(', ') || null],
          ['Minimum OS', app.minimumOsVersion],
          ['Version in the store', app.version],
          ['Bundle ID', app.bundleId],
          ['Adam ID', app.adamId],
          ['Pricing', app.pricingParam],
          ['Price', app.price],
          ['Categories', app.genres.join(', ') || null],
          ['Custom app', app.isCustomApp ? 'Yes' : 'No'],
          ['Supports device licenses', app.deviceAssignable ? 'Yes' : 'No'],
          [
            'In Apple’s list',
            app.vanishedAt === null ? 'Yes' : `Gone since ${formatDate(new Date(app.vanishedAt))}`,
          ],
          [
            'App Store',
            app.storeUrl === null ? null : (
              <Link key="store" href={app.storeUrl} target="_blank" rel="noreferrer">
                View in the App Store
              </Link>
            ),
          ],
        ]}
      />
      {app.description !== null && app.description !== '' && (
        <Body1 className={styles.description}>{app.description}</Body1>
      )}
    </Surface>
  );
}
