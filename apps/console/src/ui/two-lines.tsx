import { makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { Ellipsis } from './ellipsis.tsx';

const useStyles = makeStyles({
  aside: { ...typographyStyles.caption1, color: tokens.colorNeutralForeground3 },
});

interface TwoLinesProps {
  readonly children: ReactNode;
  readonly aside?: ReactNode;
}

/** A cell with a quieter second line. */
export function TwoLines({ children, aside }: TwoLinesProps) {
  const styles = useStyles();
  return (
    <div>
      <Ellipsis>{children}</Ellipsis>
      {aside !== undefined && aside !== null && (
        <Ellipsis className={styles.aside}>{aside}</Ellipsis>
      )}
    </div>
  );
}
