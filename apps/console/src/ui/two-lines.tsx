import { Caption1, makeStyles, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { Ellipsis } from './ellipsis.tsx';

const useStyles = makeStyles({
  aside: { color: tokens.colorNeutralForeground3 },
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
        <Caption1 block className={styles.aside}>
          <Ellipsis>{aside}</Ellipsis>
        </Caption1>
      )}
    </div>
  );
}
