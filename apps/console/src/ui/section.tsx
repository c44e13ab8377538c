import { Subtitle2, makeStyles, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { Surface } from './surface.tsx';

const useStyles = makeStyles({
  head: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    justifyContent: 'space-between',
    gap: tokens.spacingHorizontalM,
    padding: `${tokens.spacingVerticalL} ${tokens.spacingHorizontalXL} ${tokens.spacingVerticalXS}`,
  },
  heading: { margin: 0 },
});

interface SectionProps {
  readonly title: string;
  readonly action?: ReactNode;
  readonly children: ReactNode;
}

/** A sheet with a heading, such as a table of its own on the page of something. */
export function Section({ title, action, children }: SectionProps) {
  const styles = useStyles();
  return (
    <Surface>
      <div className={styles.head}>
        <Subtitle2 as="h2" className={styles.heading}>
          {title}
        </Subtitle2>
        {action}
      </div>
      {children}
    </Surface>
  );
}
