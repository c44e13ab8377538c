import { Caption1, Text, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { CheckmarkCircleFilled } from '@fluentui/react-icons/svg/checkmark-circle';
import { CircleRegular } from '@fluentui/react-icons/svg/circle';
import { ClockFilled } from '@fluentui/react-icons/svg/clock';
import { ErrorCircleFilled } from '@fluentui/react-icons/svg/error-circle';
import type { WhyStep } from '../api/why.ts';
import { ReasonCell } from '../status/status-cells.tsx';
import { RelativeTime } from '../ui/relative-time.tsx';
import { stateNames, stepNames } from './why-words.ts';

const useStyles = makeStyles({
  steps: { listStyle: 'none', margin: 0, padding: 0 },
  step: {
    position: 'relative',
    display: 'grid',
    gridTemplateColumns: '20px minmax(0, 1fr)',
    columnGap: tokens.spacingHorizontalM,
    paddingBottom: tokens.spacingVerticalL,
    // The line from one step to the next.
    ':not(:last-child)::before': {
      content: '""',
      position: 'absolute',
      left: '9px',
      top: '24px',
      bottom: '0',
      width: '2px',
      backgroundColor: tokens.colorNeutralStroke2,
    },
  },
  icon: { fontSize: '20px', lineHeight: 0 },
  done: { color: tokens.colorStatusSuccessForeground1 },
  pending: { color: tokens.colorPaletteBlueForeground2 },
  stopped: { color: tokens.colorStatusDangerForeground1 },
  notReached: { color: tokens.colorNeutralForeground4 },
  words: { display: 'grid', gap: tokens.spacingVerticalXXS, minWidth: 0 },
  head: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'baseline',
    columnGap: tokens.spacingHorizontalS,
  },
  quiet: { color: tokens.colorNeutralForeground3 },
  found: { overflowWrap: 'anywhere' },
});

const icons = {
  done: CheckmarkCircleFilled,
  pending: ClockFilled,
  stopped: ErrorCircleFilled,
  notReached: CircleRegular,
} as const;

/** Each step with what was found and since when; the one where it stops says why and what to do. */
export function WhySteps({ steps }: { readonly steps: readonly WhyStep[] }) {
  const styles = useStyles();
  return (
    <ol className={styles.steps} aria-label="Steps">
      {steps.map(({ step, state, at, found, reason }) => {
        const Icon = icons[state];
        const isAhead = state === 'notReached';
        return (
          <li key={step} className={styles.step}>
            <span className={mergeClasses(styles.icon, styles[state])}>
              <Icon aria-label={stateNames[state]} />
            </span>
            <div className={styles.words}>
              <div className={styles.head}>
                <Text
                  weight={isAhead ? 'regular' : 'semibold'}
                  className={isAhead ? styles.quiet : undefined}
                >
                  {stepNames[step]}
                </Text>
                {at !== null && (
                  <Caption1 className={styles.quiet}>
                    <RelativeTime at={at} />
                  </Caption1>
                )}
              </div>
              {found !== '' && <Text className={styles.found}>{found}</Text>}
              <ReasonCell reason={reason} />
            </div>
          </li>
        );
      })}
    </ol>
  );
}
