import { HistoryRegular } from '@fluentui/react-icons/svg/history';
import { useQuery } from '@tanstack/react-query';
import { type SyncRun, type Token, syncsQuery } from '../api/tokens.ts';
import { formatNumber } from '../format/numbers.ts';
import { DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { RelativeTime } from '../ui/relative-time.tsx';
import { Section } from '../ui/section.tsx';
import { RowsSkeleton } from '../ui/skeletons.tsx';
import { StateChip } from '../ui/state-chip.tsx';
import type { Column } from '../ui/table-model.ts';
import { TwoLines } from '../ui/two-lines.tsx';

const triggers: Readonly<Record<SyncRun['trigger'], string>> = {
  first: 'First sync',
  schedule: 'Schedule',
  manual: 'Sync now',
  notification: 'Notification from Apple',
};

const states = {
  waiting: ['Waiting', 'busy'],
  running: ['Running', 'busy'],
  completed: ['Completed', 'good'],
  failed: ['Failed', 'bad'],
} as const;

const columns: readonly Column<SyncRun>[] = [
  {
    id: 'asked',
    header: 'Asked for',
    width: 'minmax(0, 1.2fr)',
    cell: (run) => <RelativeTime at={run.createdDateTime} />,
  },
  {
    id: 'by',
    header: 'By',
    width: 'minmax(0, 1.2fr)',
    cell: (run) => <TwoLines aside={run.requestedBy}>{triggers[run.trigger]}</TwoLines>,
  },
  {
    id: 'result',
    header: 'Result',
    width: 'minmax(0, 2fr)',
    cell: (run) => (
      <TwoLines aside={run.error}>
        <StateChip tone={states[run.state][1]}>{states[run.state][0]}</StateChip>
      </TwoLines>
    ),
  },
  {
    id: 'took',
    header: 'Took',
    width: '100px',
    align: 'end',
    cell: (run) => durationOf(run),
  },
  {
    id: 'rows',
    header: 'Rows read',
    width: '110px',
    align: 'end',
    cell: (run) => formatNumber(run.rowsRead),
  },
];

export function SyncHistory({ token }: { readonly token: Token }) {
  const syncs = useQuery(syncsQuery(token.id));
  return (
    <Section title="Syncs">
      <QueryView query={syncs} what="the syncs" loading={<RowsSkeleton rows={3} />}>
        {(runs) =>
          runs.length === 0 ? (
            <EmptyState icon={<HistoryRegular />} title="No sync yet">
              The first one starts by itself as soon as Apple accepts the token.
            </EmptyState>
          ) : (
            <DataTable label="Syncs" rows={runs} columns={columns} idOf={(run) => run.id} />
          )
        }
      </QueryView>
    </Section>
  );
}

function durationOf({ startedDateTime, finishedDateTime }: SyncRun): string {
  if (startedDateTime === null || finishedDateTime === null) return '—';
  const seconds = (Date.parse(finishedDateTime) - Date.parse(startedDateTime)) / 1000;
  return seconds < 10 ? `${seconds.toFixed(1)} s` : `${formatNumber(Math.round(seconds))} s`;
}
