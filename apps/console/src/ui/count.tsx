import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { formatNumber } from '../format/numbers.ts';

const useStyles = makeStyles({
  none: { color: tokens.colorNeutralForeground4 },
  attention: {
    color: tokens.colorStatusWarningForeground1,
    fontWeight: tokens.fontWeightSemibold,
  },
  bad: { color: tokens.colorStatusDangerForeground1, fontWeight: tokens.fontWeightSemibold },
});

interface CountProps {
  readonly of: number;
  /** Shown when there is at least one. */
  readonly tone?: 'attention' | 'bad';
}

/** A number in a column of numbers: none is quiet, and what matters is not. */
export function Count({ of, tone }: CountProps) {
  const styles = useStyles();
  return (
    <span className={mergeClasses(of === 0 ? styles.none : tone && styles[tone])}>
      {formatNumber(of)}
    </span>
  );
}
