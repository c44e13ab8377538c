import { useQuery } from '@tanstack/react-query';
import { type Drift, type DriftKind, driftQuery } from '../api/drift.ts';
import { formatNumber } from '../format/numbers.ts';
import { ReasonCell } from '../status/status-cells.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { RelativeTime } from '../ui/relative-time.tsx';
import { RowTitle } from '../ui/row-title.tsx';
import { SectionNote } from '../ui/section-note.tsx';
import { Section } from '../ui/section.tsx';
import { RowsSkeleton } from '../ui/skeletons.tsx';
import type { Column } from '../ui/table-model.ts';
import { TwoLines } from '../ui/two-lines.tsx';

const kindNames: Readonly<Record<DriftKind, string>> = {
  assignedByOthers: 'Assigned by others',
  unknownSerial: 'Unknown serial numbers',
  lost: 'Lost',
  orphaned: 'Left over',
  overAssigned: 'More assigned than owned',
};

const columns: readonly Column<Drift>[] = [
  {
    id: 'title',
    header: 'App or book',
    width: 'minmax(0, 1.4fr)',
    cell: ({ name, comparedAt }) => (
      <RowTitle
        aside={
          comparedAt === null ? undefined : (
            <>
              Compared <RelativeTime at={comparedAt} />
            </>
          )
        }
      >
        {name}
      </RowTitle>
    ),
  },
  {
    id: 'kind',
    header: 'What',
    width: 'minmax(0, 1.4fr)',
    cell: ({ kind, examples }) => (
      <TwoLines aside={examples.length === 0 ? undefined : examples.join(', ')}>
        {kindNames[kind]}
      </TwoLines>
    ),
  },
  {
    id: 'count',
    header: 'Licenses',
    width: '72px',
    align: 'end',
    cell: ({ count }) => formatNumber(count),
  },
  {
    id: 'reason',
    header: 'Why, and what to do',
    width: 'minmax(0, 3fr)',
    cell: ({ reason }) => <ReasonCell reason={reason} />,
  },
];

/** Where Apple shows something else than what is wanted here. Nothing of it is mended by taking from anybody. */
export function DriftReport({ locationUid }: { readonly locationUid: string }) {
  const drift = useQuery(driftQuery);
  return (
    <Section title="Drift">
      <QueryView query={drift} what="the drift" loading={<RowsSkeleton rows={2} />}>
        {(all) => {
          const rows = all.filter((one) => one.locationUid === locationUid);
          return rows.length === 0 ? (
            <SectionNote>
              None: as of the last reading, Apple shows what is wanted here.
            </SectionNote>
          ) : (
            <DataTable
              label="Drift"
              rows={rows}
              columns={columns}
              idOf={({ kind, assetId }) => `${kind} ${assetId}`}
            />
          );
        }}
      </QueryView>
    </Section>
  );
}
