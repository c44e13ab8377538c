import { PhoneTabletRegular } from '@fluentui/react-icons/svg/phone-tablet';
import { SearchInfoRegular } from '@fluentui/react-icons/svg/search-info';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Device } from '../api/devices.ts';
import type { Page } from '../api/http.ts';
import { paths } from '../paths.ts';
import { Count } from '../ui/count.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { RouterLink } from '../ui/links.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { RelativeTime } from '../ui/relative-time.tsx';
import { RowTitle } from '../ui/row-title.tsx';
import { RowsSkeleton } from '../ui/skeletons.tsx';
import { Surface } from '../ui/surface.tsx';
import type { Column } from '../ui/table-model.ts';
import { TwoLines } from '../ui/two-lines.tsx';
import { DeviceIcon } from './device-icon.tsx';
import { managementName, ownershipNames, systemOf } from './device-words.ts';

const columns: readonly Column<Device>[] = [
  {
    id: 'name',
    header: 'Device',
    width: 'minmax(0, 2fr)',
    cell: (device) => (
      <RowTitle picture={<DeviceIcon family={device.family} />} aside={device.serialNumber}>
        <RouterLink {...paths.device(device.id)}>{device.name}</RouterLink>
      </RowTitle>
    ),
  },
  {
    id: 'user',
    header: 'User',
    width: 'minmax(0, 1.8fr)',
    cell: (device) => (
      <TwoLines aside={device.userPrincipalName}>{device.userDisplayName ?? 'No user'}</TwoLines>
    ),
  },
  {
    id: 'system',
    header: 'System',
    width: 'minmax(0, 1.2fr)',
    cell: (device) => (
      <TwoLines aside={device.productName}>{systemOf(device.family, device.osVersion)}</TwoLines>
    ),
  },
  {
    id: 'management',
    header: 'Management',
    width: 'minmax(0, 1.5fr)',
    cell: (device) => (
      <TwoLines aside={traitsOf(device)}>{managementName(device.managementState)}</TwoLines>
    ),
  },
  {
    id: 'checkIn',
    header: 'Last check-in',
    width: 'minmax(0, 1.2fr)',
    cell: (device) => <RelativeTime at={device.lastCheckInDateTime} />,
  },
  {
    id: 'installed',
    header: 'Installed',
    width: '60px',
    align: 'end',
    cell: ({ apps }) => <Count of={apps.installed} />,
  },
  {
    id: 'pending',
    header: 'Pending',
    width: '56px',
    align: 'end',
    cell: ({ apps }) => <Count of={apps.pending} />,
  },
  {
    id: 'failed',
    header: 'Failed',
    width: '44px',
    align: 'end',
    cell: ({ apps }) => <Count of={apps.failed} tone="bad" />,
  },
];

/** "Supervised", "Personal · Unsupervised": most devices are the company's, which goes without saying. */
function traitsOf({ ownership, supervised }: Device): string {
  return [
    ...(ownership === 'company' ? [] : [ownershipNames[ownership]]),
    ...(supervised === null ? [] : [supervised ? 'Supervised' : 'Unsupervised']),
  ].join(' · ');
}

interface DeviceListProps {
  readonly devices: UseInfiniteQueryResult<InfiniteData<Page<Device>>>;
  readonly search: string;
  /** How to enroll the first device. */
  readonly enroll: ReactNode;
}

export function DeviceList({ devices, search, enroll }: DeviceListProps) {
  const { hasNextPage, fetchNextPage } = devices;
  return (
    <Surface>
      <QueryView query={devices} what="the devices" loading={<RowsSkeleton />}>
        {({ pages }) => {
          const rows = pages.flatMap((page) => page.value);
          if (rows.length === 0) return <NoDevices search={search} enroll={enroll} />;
          return (
            <DataTable
              label="Devices"
              rows={rows}
              columns={columns}
              count={pages.at(-1)?.count}
              idOf={(device) => device.id}
              onEnd={hasNextPage ? () => void fetchNextPage() : undefined}
            />
          );
        }}
      </QueryView>
    </Surface>
  );
}

function NoDevices({ search, enroll }: Pick<DeviceListProps, 'search' | 'enroll'>) {
  if (search !== '') {
    return (
      <EmptyState icon={<SearchInfoRegular />} title="No device fits">
        Search looks into names, serial numbers and users.
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={<PhoneTabletRegular />} title="No devices yet" action={enroll}>
      Make a one-time link and open it on an iPhone, iPad or Mac: the profile it installs enrolls
      the device here.
    </EmptyState>
  );
}
