import { CounterBadge, makeStyles, tokens } from '@fluentui/react-components';
import { AlertRegular } from '@fluentui/react-icons/svg/alert';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { mostCounted, unseenQuery } from '../api/alerts.ts';
import { bellLabel } from '../alerts/alert-words.ts';
import { paths } from '../paths.ts';

const useStyles = makeStyles({
  bell: {
    position: 'relative',
    display: 'inline-grid',
    placeItems: 'center',
    width: '32px',
    height: '32px',
    flexShrink: 0,
    fontSize: '20px',
    lineHeight: 0,
    color: tokens.colorNeutralForeground1,
    borderRadius: tokens.borderRadiusMedium,
    ':hover': { backgroundColor: tokens.colorSubtleBackgroundHover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  count: { position: 'absolute', top: '-2px', insetInlineStart: '16px' },
});

/** How many alerts nobody has seen, and the way to them. */
export function AlertBell() {
  const styles = useStyles();
  const unseen = useQuery(unseenQuery).data ?? [];
  const isCritical = unseen.some(({ severity }) => severity === 'critical');
  const label = bellLabel(unseen.length, mostCounted);
  return (
    <Link {...paths.alerts()} className={styles.bell} aria-label={label} title={label}>
      <AlertRegular aria-hidden />
      {unseen.length > 0 && (
        <CounterBadge
          aria-hidden
          size="small"
          className={styles.count}
          color={isCritical ? 'danger' : 'brand'}
          count={unseen.length}
          overflowCount={mostCounted - 1}
        />
      )}
    </Link>
  );
}
