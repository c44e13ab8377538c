import { Subtitle1, Text, makeStyles, tokens } from '@fluentui/react-components';
import { ChevronLeftRegular } from '@fluentui/react-icons/svg/chevron-left';
import { type ReactNode, useEffect } from 'react';
import { Ellipsis } from './ellipsis.tsx';
import { narrow } from './media.ts';

const useStyles = makeStyles({
  page: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalL,
    padding: `${tokens.spacingVerticalXXL} ${tokens.spacingHorizontalXXXL}`,
    maxWidth: '1480px',
    marginInline: 'auto',
    [narrow]: { padding: `${tokens.spacingVerticalL} ${tokens.spacingHorizontalL}` },
  },
  header: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalL}`,
  },
  words: { flex: '1 1 240px', minWidth: 0 },
  heading: { margin: 0, display: 'flex', minWidth: 0 },
  aside: { color: tokens.colorNeutralForeground3, display: 'block' },
  actions: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
  back: {
    display: 'inline-flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalXS,
    marginBottom: `calc(-1 * ${tokens.spacingVerticalS})`,
    alignSelf: 'flex-start',
  },
});

interface PageProps {
  readonly title: string;
  /** A few words under the title, such as how many there are. */
  readonly aside?: ReactNode;
  readonly picture?: ReactNode;
  readonly actions?: ReactNode;
  /** The link to the list that this page belongs to. */
  readonly back?: ReactNode;
  readonly children: ReactNode;
}

/** The frame of every screen. */
export function Page({ title, aside, picture, actions, back, children }: PageProps) {
  const styles = useStyles();
  useEffect(() => {
    document.title = `${title} · Allotment`;
  }, [title]);
  return (
    <div className={styles.page}>
      {back !== undefined && (
        <div className={styles.back}>
          <ChevronLeftRegular aria-hidden />
          {back}
        </div>
      )}
      <header className={styles.header}>
        {picture}
        <div className={styles.words}>
          <Subtitle1 as="h1" className={styles.heading}>
            <Ellipsis>{title}</Ellipsis>
          </Subtitle1>
          {aside !== undefined && <Text className={styles.aside}>{aside}</Text>}
        </div>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}
