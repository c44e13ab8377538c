import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  surface: {
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusLarge,
    minWidth: 0,
  },
  padded: { padding: tokens.spacingHorizontalXL },
});

interface SurfaceProps {
  readonly children: ReactNode;
  readonly padded?: boolean;
  readonly className?: string | undefined;
}

/** A sheet on the page's ground. */
export function Surface({ children, padded = false, className }: SurfaceProps) {
  const styles = useStyles();
  return (
    <div className={mergeClasses(styles.surface, padded && styles.padded, className)}>
      {children}
    </div>
  );
}
