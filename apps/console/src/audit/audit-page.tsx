import { HistoryRegular } from '@fluentui/react-icons/svg/history';
import { useInfiniteQuery } from '@tanstack/react-query';
import { type AuditEntry, auditQuery } from '../api/audit.ts';
import { counted } from '../format/numbers.ts';
import { formatDateTime } from '../format/times.ts';
import { sentenceOf } from '../format/words.ts';
import { DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Page } from '../ui/page.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { RelativeTime } from '../ui/relative-time.tsx';
import { RowsSkeleton } from '../ui/skeletons.tsx';
import { Surface } from '../ui/surface.tsx';
import type { Column } from '../ui/table-model.ts';
import { TwoLines } from '../ui/two-lines.tsx';
import { detailOf } from './detail.ts';

const actorKinds: Readonly<Record<string, string>> = {
  administrator: 'Administrator',
  apiToken: 'API token',
  system: 'System',
  cli: 'Command line',
};

const columns: readonly Column<AuditEntry>[] = [
  {
    id: 'time',
    header: 'Time',
    width: '190px',
    cell: (entry) => (
      <TwoLines aside={<RelativeTime at={entry.at} />}>
        {formatDateTime(new Date(entry.at))}
      </TwoLines>
    ),
  },
  {
    id: 'actor',
    header: 'Who',
    width: 'minmax(0, 1fr)',
    cell: ({ actor }) => (
      <TwoLines aside={actorKinds[actor.kind] ?? actor.kind}>{actor.name}</TwoLines>
    ),
  },
  {
    id: 'action',
    header: 'Action',
    width: 'minmax(0, 1.2fr)',
    cell: (entry) => sentenceOf(entry.action),
  },
  {
    id: 'target',
    header: 'On',
    width: 'minmax(0, 1.4fr)',
    cell: ({ target }) => (
      <TwoLines aside={sentenceOf(target.kind)}>{target.name ?? target.id}</TwoLines>
    ),
  },
  {
    id: 'reason',
    header: 'Reason and detail',
    width: 'minmax(0, 2fr)',
    cell: ({ reason, detail }) => {
      const [first = '—', second] = [reason, detailOf(detail)].filter(
        (text) => text !== null && text !== undefined,
      );
      return <TwoLines aside={second}>{first}</TwoLines>;
    },
  },
];

export function AuditPage() {
  const audit = useInfiniteQuery(auditQuery);
  const { hasNextPage, fetchNextPage } = audit;
  const count = audit.data?.pages.at(-1)?.count;
  return (
    <Page title="Audit" aside={count === undefined ? ' ' : counted(count, 'entry', 'entries')}>
      <Surface>
        <QueryView query={audit} what="the audit log" loading={<RowsSkeleton />}>
          {({ pages }) => {
            const entries = pages.flatMap((page) => page.value);
            return entries.length === 0 ? (
              <EmptyState icon={<HistoryRegular />} title="Nothing was done yet">
                Every change is recorded here with who made it, when and why.
              </EmptyState>
            ) : (
              <DataTable
                label="Audit"
                rows={entries}
                columns={columns}
                count={count}
                idOf={(entry) => String(entry.id)}
                onEnd={hasNextPage ? () => void fetchNextPage() : undefined}
              />
            );
          }}
        </QueryView>
      </Surface>
    </Page>
  );
}
