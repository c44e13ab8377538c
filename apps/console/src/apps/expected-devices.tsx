import { useInfiniteQuery } from '@tanstack/react-query';
import { type ExpectedDevice, expectedDevicesQuery } from '../api/apps.ts';
import { LicenseCell, ReasonCell } from '../status/status-cells.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { RelativeTime } from '../ui/relative-time.tsx';
import { RowTitle } from '../ui/row-title.tsx';
import { Section } from '../ui/section.tsx';
import type { Column } from '../ui/table-model.ts';

const columns: readonly Column<ExpectedDevice>[] = [
  {
    id: 'device',
    header: 'Serial number',
    width: 'minmax(0, 1.5fr)',
    cell: (row) => (
      <RowTitle
        aside={
          <>
            Known <RelativeTime at={row.knownSinceDateTime} />
          </>
        }
      >
        {row.serialNumber}
      </RowTitle>
    ),
  },
  {
    id: 'license',
    header: 'License',
    width: 'minmax(140px, 1fr)',
    cell: ({ license }) => <LicenseCell license={license} />,
  },
  {
    id: 'reason',
    header: 'Why',
    width: 'minmax(0, 3fr)',
    cell: ({ reason }) => <ReasonCell reason={reason} />,
  },
];

/** Devices that have a license of the app, or wait for one, and have not enrolled; nothing where there are none. */
export function ExpectedDevices({ appId }: { readonly appId: string }) {
  const { data, hasNextPage, fetchNextPage } = useInfiniteQuery(expectedDevicesQuery(appId));
  const rows = data?.pages.flatMap((page) => page.value) ?? [];
  if (rows.length === 0) return null;
  return (
    <Section title="Not enrolled yet">
      <DataTable
        label="Devices that have not enrolled"
        rows={rows}
        columns={columns}
        count={data?.pages.at(-1)?.count}
        idOf={(row) => row.serialNumber}
        onEnd={hasNextPage ? () => void fetchNextPage() : undefined}
      />
    </Section>
  );
}
