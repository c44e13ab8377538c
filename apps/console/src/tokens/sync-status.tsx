import { Caption1, ProgressBar, makeStyles, tokens } from '@fluentui/react-components';
import type { SyncProgress, Token } from '../api/tokens.ts';
import { counted, formatNumber } from '../format/numbers.ts';
import { RelativeTime } from '../ui/relative-time.tsx';
import { StateChip } from '../ui/state-chip.tsx';
import { TwoLines } from '../ui/two-lines.tsx';

const useStyles = makeStyles({
  progress: { display: 'grid', gap: tokens.spacingVerticalXS, maxWidth: '320px' },
  words: { color: tokens.colorNeutralForeground3 },
});

const phases: Readonly<Record<SyncProgress['phase'], string>> = {
  waiting: 'Waiting to start',
  location: 'Reading the location',
  assets: 'Reading apps and books',
  assignments: 'Reading assigned licenses',
  catalog: 'Reading names and icons',
  done: 'Finishing',
};

export function isSyncing(token: Token): boolean {
  return token.sync !== null && (token.sync.state === 'waiting' || token.sync.state === 'running');
}

/** How far a sync is: its phase, pages and rows. */
export function SyncProgressView({ sync }: { readonly sync: SyncProgress }) {
  const styles = useStyles();
  const { pagesTotal, pagesDone, rowsRead } = sync;
  const pages =
    pagesTotal === null
      ? ''
      : ` · page ${formatNumber(Math.min(pagesDone, pagesTotal))} of ${formatNumber(pagesTotal)}`;
  const known = pagesTotal !== null && pagesTotal > 0;
  return (
    <div className={styles.progress}>
      <span>{phases[sync.phase]}</span>
      <ProgressBar
        aria-label="Sync progress"
        {...(known ? { value: Math.min(1, pagesDone / pagesTotal) } : {})}
      />
      <Caption1 className={styles.words}>
        {counted(rowsRead, 'row')}
        {pages}
      </Caption1>
    </div>
  );
}

/** The last sync and the next; while one runs, how far it is. */
export function SyncCell({ token }: { readonly token: Token }) {
  if (token.sync !== null && isSyncing(token)) return <SyncProgressView sync={token.sync} />;
  if (token.lastSyncStatus === 'failed') {
    return (
      <TwoLines aside={token.lastSyncError}>
        <StateChip tone="bad">Failed</StateChip>{' '}
        <RelativeTime at={token.lastSyncDateTime} never="" />
      </TwoLines>
    );
  }
  return (
    <TwoLines
      aside={
        token.nextSyncDateTime === null ? undefined : (
          <>
            Next <RelativeTime at={token.nextSyncDateTime} />
          </>
        )
      }
    >
      <RelativeTime at={token.lastSyncDateTime} never="Not yet" />
    </TwoLines>
  );
}
