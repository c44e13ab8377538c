import { makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { Ellipsis } from './ellipsis.tsx';

const useStyles = makeStyles({
  whole: {
    display: 'flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalM,
    minWidth: 0,
    // The link in it reaches over the whole row.
    '& a::after': { content: '""', position: 'absolute', inset: 0 },
    '& a': { color: tokens.colorNeutralForeground1, fontWeight: 'inherit' },
    '& a:focus-visible': { textDecorationLine: 'none' },
    '& a:focus-visible::after': {
      outline: `2px solid ${tokens.colorStrokeFocus2}`,
      outlineOffset: '-2px',
      borderRadius: tokens.borderRadiusLarge,
    },
    '& a:hover': { color: tokens.colorBrandForeground1 },
  },
  words: { minWidth: 0, flex: 1 },
  title: { fontWeight: tokens.fontWeightSemibold },
  aside: { ...typographyStyles.caption1, color: tokens.colorNeutralForeground3 },
});

interface RowTitleProps {
  readonly picture?: ReactNode;
  /** The name; a link opens the row's own page from anywhere in the row. */
  readonly children: ReactNode;
  readonly aside?: ReactNode;
}

/** The first cell of a row. */
export function RowTitle({ picture, children, aside }: RowTitleProps) {
  const styles = useStyles();
  return (
    <div className={styles.whole}>
      {picture}
      <div className={styles.words}>
        <Ellipsis className={styles.title}>{children}</Ellipsis>
        {aside !== undefined && <Ellipsis className={styles.aside}>{aside}</Ellipsis>}
      </div>
    </div>
  );
}
