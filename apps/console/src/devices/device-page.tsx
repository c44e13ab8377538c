import { Button, Subtitle2, makeStyles, tokens } from '@fluentui/react-components';
import { AppsRegular } from '@fluentui/react-icons/svg/apps';
import { ArrowSyncRegular } from '@fluentui/react-icons/svg/arrow-sync';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { type DeviceDetail, deviceQuery, syncDevice } from '../api/devices.ts';
import type { DeviceApp } from '../api/status.ts';
import { formatDateTime } from '../format/times.ts';
import { paths } from '../paths.ts';
import { statusColumns } from '../status/status-cells.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Facts } from '../ui/facts.tsx';
import { RouterLink } from '../ui/links.tsx';
import { useNotify } from '../ui/notify.tsx';
import { Page } from '../ui/page.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { RelativeTime } from '../ui/relative-time.tsx';
import { RowTitle } from '../ui/row-title.tsx';
import { PageSkeleton } from '../ui/skeletons.tsx';
import { Surface } from '../ui/surface.tsx';
import type { Column } from '../ui/table-model.ts';
import { managementName, ownershipNames, systemOf } from './device-words.ts';

const useStyles = makeStyles({
  heading: {
    margin: 0,
    padding: `${tokens.spacingVerticalL} ${tokens.spacingHorizontalXL} ${tokens.spacingVerticalXS}`,
  },
});

const columns: readonly Column<DeviceApp>[] = [
  {
    id: 'app',
    header: 'App',
    width: 'minmax(0, 1.8fr)',
    cell: (row) => (
      <RowTitle aside={row.bundleId ?? undefined}>
        <RouterLink {...paths.app(row.appId)}>{row.appName}</RouterLink>
      </RowTitle>
    ),
  },
  ...statusColumns,
];

export function DevicePage() {
  const { deviceId } = useParams({ from: '/devices/$deviceId' });
  const device = useQuery(deviceQuery(deviceId));
  return (
    <QueryView query={device} what="the device" loading={<PageSkeleton />}>
      {(found) => <DeviceScreen device={found} />}
    </QueryView>
  );
}

function DeviceScreen({ device }: { readonly device: DeviceDetail }) {
  const styles = useStyles();
  const notify = useNotify();
  const syncing = useMutation({
    mutationFn: syncDevice,
    onSuccess: () => notify.done('The device was woken; it checks in when it is on and online'),
    onError: (error) => notify.failed('The device was not woken', error),
  });
  return (
    <Page
      title={device.name}
      aside={`${device.serialNumber} · ${device.userDisplayName ?? 'No user'}`}
      back={<RouterLink {...paths.devices()}>Devices</RouterLink>}
      actions={
        <Button
          appearance="primary"
          icon={<ArrowSyncRegular />}
          disabled={syncing.isPending || device.managementState !== 'managed'}
          onClick={() => syncing.mutate(device.id)}
        >
          Sync
        </Button>
      }
    >
      <Surface padded>
        <DeviceFacts device={device} />
      </Surface>
      <Surface>
        <Subtitle2 as="h2" block className={styles.heading}>
          Apps
        </Subtitle2>
        {device.apps.length === 0 ? (
          <EmptyState icon={<AppsRegular />} title="No app is assigned to this device">
            Apps are assigned to groups of devices or people, on the page of each app.
          </EmptyState>
        ) : (
          <DataTable label="Apps" rows={device.apps} columns={columns} idOf={(row) => row.appId} />
        )}
      </Surface>
    </Page>
  );
}

function DeviceFacts({ device }: { readonly device: DeviceDetail }) {
  return (
    <Facts
      facts={[
        ['Management', managementName(device.managementState)],
        ['Last check-in', <RelativeTime key="checkIn" at={device.lastCheckInDateTime} />],
        [
          'Enrolled',
          device.enrolledDateTime === null
            ? null
            : formatDateTime(new Date(device.enrolledDateTime)),
        ],
        ['User', device.userPrincipalName ?? 'No user'],
        ['System', systemOf(device.family, device.osVersion)],
        ['Model', device.productName],
        ['Supervised', device.supervised === null ? null : device.supervised ? 'Yes' : 'No'],
        ['Ownership', ownershipNames[device.ownership]],
        ['Serial number', device.serialNumber],
        ['UDID', device.udid],
      ]}
    />
  );
}
