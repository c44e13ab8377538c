import { Body1, Subtitle2, makeStyles, tokens } from '@fluentui/react-components';
import type { ReactElement, ReactNode } from 'react';

const useStyles = makeStyles({
  state: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    gap: tokens.spacingVerticalM,
    textAlign: 'center',
    padding: `48px ${tokens.spacingHorizontalXXL}`,
  },
  icon: { fontSize: '40px', lineHeight: 0, color: tokens.colorBrandForeground1 },
  title: { margin: 0 },
  words: {
    margin: 0,
    maxWidth: '56ch',
    color: tokens.colorNeutralForeground2,
    textAlign: 'center',
    textWrap: 'balance',
  },
});

interface EmptyStateProps {
  readonly icon: ReactElement;
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

/** Stands where a list has nothing to show, and says what to do about it. */
export function EmptyState({ icon, title, children, action }: EmptyStateProps) {
  const styles = useStyles();
  return (
    <div className={styles.state}>
      <span className={styles.icon} aria-hidden>
        {icon}
      </span>
      <Subtitle2 as="h2" className={styles.title}>
        {title}
      </Subtitle2>
      {children !== undefined && (
        <Body1 as="p" className={styles.words} block>
          {children}
        </Body1>
      )}
      {action}
    </div>
  );
}
