import { Body1, makeStyles, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  note: {
    margin: 0,
    maxWidth: '80ch',
    padding: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalXL} ${tokens.spacingVerticalL}`,
    color: tokens.colorNeutralForeground3,
  },
});

/** Stands where one of several sections of a page has nothing to show. */
export function SectionNote({ children }: { readonly children: ReactNode }) {
  const styles = useStyles();
  return (
    <Body1 as="p" block className={styles.note}>
      {children}
    </Body1>
  );
}
