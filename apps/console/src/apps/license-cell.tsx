import { Caption1, makeStyles, tokens } from '@fluentui/react-components';
import type { App } from '../api/apps.ts';
import { formatNumber } from '../format/numbers.ts';
import { LicenseMeter } from '../ui/license-meter.tsx';

const useStyles = makeStyles({
  cell: { display: 'grid', gap: tokens.spacingVerticalXS },
  words: {
    display: 'flex',
    alignItems: 'baseline',
    justifyContent: 'space-between',
    gap: tokens.spacingHorizontalS,
  },
  owned: { color: tokens.colorNeutralForeground3 },
});

/** Used next to owned, with a small meter (behaviors 1 and 2). */
export function LicenseCell({ app }: { readonly app: App }) {
  const styles = useStyles();
  return (
    <div className={styles.cell}>
      <div className={styles.words}>
        <span>{formatNumber(app.held + app.changing)} held</span>
        <Caption1 className={styles.owned}>
          {app.owned === null ? 'Unlimited' : `${formatNumber(app.owned)} owned`}
        </Caption1>
      </div>
      {app.owned !== null && <LicenseMeter licenses={app} />}
    </div>
  );
}
