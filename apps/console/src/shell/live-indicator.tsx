import { Caption1, Tooltip, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { narrow } from '../ui/media.ts';
import type { LiveState } from '../api/keep-live.ts';

const useStyles = makeStyles({
  whole: {
    display: 'inline-flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalXS,
    color: tokens.colorNeutralForeground3,
  },
  // Beside the name of the product there is no room for the word on a phone; it is still read aloud.
  label: { [narrow]: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden' } },
  dot: { width: '8px', height: '8px', borderRadius: tokens.borderRadiusCircular },
  live: { backgroundColor: tokens.colorPaletteGreenForeground1 },
  polling: { backgroundColor: tokens.colorPaletteMarigoldBorderActive },
  connecting: { backgroundColor: tokens.colorNeutralForegroundDisabled },
});

const words = {
  live: { label: 'Live', meaning: 'This page updates by itself.' },
  polling: {
    label: 'Reconnecting',
    meaning: 'The live connection was lost. Until it is back, this page updates every 15 seconds.',
  },
  connecting: { label: 'Connecting', meaning: 'The live connection is being set up.' },
} as const;

export function LiveIndicator({ state }: { readonly state: LiveState }) {
  const styles = useStyles();
  return (
    <Tooltip content={words[state].meaning} relationship="description">
      <span className={styles.whole} role="status">
        <span className={mergeClasses(styles.dot, styles[state])} aria-hidden />
        <Caption1 className={styles.label}>{words[state].label}</Caption1>
      </span>
    </Tooltip>
  );
}
