import type { PersonDevice } from '../api/people.ts';
import { DeviceIcon } from '../devices/device-icon.tsx';
import { managementName, systemOf } from '../devices/device-words.ts';
import { paths } from '../paths.ts';
import { DataTable } from '../ui/data-table.tsx';
import { RouterLink } from '../ui/links.tsx';
import { RelativeTime } from '../ui/relative-time.tsx';
import { RowTitle } from '../ui/row-title.tsx';
import { SectionNote } from '../ui/section-note.tsx';
import { Section } from '../ui/section.tsx';
import type { Column } from '../ui/table-model.ts';

const columns: readonly Column<PersonDevice>[] = [
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
    id: 'system',
    header: 'System',
    width: 'minmax(0, 1fr)',
    cell: (device) => systemOf(device.family, device.osVersion),
  },
  {
    id: 'management',
    header: 'Management',
    width: 'minmax(0, 1fr)',
    cell: (device) => managementName(device.managementState),
  },
  {
    id: 'checkIn',
    header: 'Last check-in',
    width: 'minmax(0, 1fr)',
    cell: (device) => <RelativeTime at={device.lastCheckInDateTime} />,
  },
];

export function PersonDevices({ devices }: { readonly devices: readonly PersonDevice[] }) {
  return (
    <Section title="Devices">
      {devices.length === 0 ? (
        <SectionNote>
          None. A device belongs to the person whose enrollment link it was enrolled with.
        </SectionNote>
      ) : (
        <DataTable label="Devices" rows={devices} columns={columns} idOf={(device) => device.id} />
      )}
    </Section>
  );
}
