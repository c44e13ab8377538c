import { Button, makeStyles, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  cell: { display: 'grid', justifyItems: 'start', gap: tokens.spacingVerticalXXS },
  // The link of the row reaches over all of it; this stands above.
  why: {
    position: 'relative',
    zIndex: 1,
    minWidth: 'auto',
    paddingInline: 0,
    fontWeight: 'inherit',
  },
});

interface WhyCellProps {
  readonly children: ReactNode;
  readonly onWhy: () => void;
}

/** The reason of a row, with the way to the whole chain. */
export function WhyCell({ children, onWhy }: WhyCellProps) {
  const styles = useStyles();
  return (
    <div className={styles.cell}>
      {children}
      <Button appearance="transparent" size="small" className={styles.why} onClick={onWhy}>
        Why?
      </Button>
    </div>
  );
}
