import { makeStyles, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { Section } from '../ui/section.tsx';

const useStyles = makeStyles({
  body: {
    display: 'grid',
    gap: tokens.spacingVerticalL,
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalXL} ${tokens.spacingHorizontalXL}`,
  },
});

interface SettingsBodyProps {
  readonly title: string;
  readonly action: ReactNode;
  readonly children: ReactNode;
}

/** A part of the settings that is changed in a drawer. */
export function SettingsBody({ title, action, children }: SettingsBodyProps) {
  const styles = useStyles();
  return (
    <Section title={title} action={action}>
      <div className={styles.body}>{children}</div>
    </Section>
  );
}
