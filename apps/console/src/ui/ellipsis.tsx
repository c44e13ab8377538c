import { makeStyles, mergeClasses } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  text: {
    display: 'block',
    minWidth: 0,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  },
});

interface EllipsisProps {
  readonly children: ReactNode;
  readonly className?: string | undefined;
}

/** Text on one line; what does not fit is told by a tooltip. */
export function Ellipsis({ children, className }: EllipsisProps) {
  const styles = useStyles();
  return (
    <span className={mergeClasses(styles.text, className)} onPointerEnter={tellWhatIsCut}>
      {children}
    </span>
  );
}

function tellWhatIsCut({ currentTarget }: { readonly currentTarget: HTMLElement }): void {
  const isCut = currentTarget.scrollWidth > currentTarget.clientWidth;
  currentTarget.title = isCut ? (currentTarget.textContent ?? '') : '';
}
