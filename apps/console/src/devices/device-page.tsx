import {
  Button,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
} from '@fluentui/react-components';
import { AppsRegular } from '@fluentui/react-icons/svg/apps';
import { ArrowSyncRegular } from '@fluentui/react-icons/svg/arrow-sync';
import { MoreHorizontalRegular } from '@fluentui/react-icons/svg/more-horizontal';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { type DeviceDetail, deviceQuery, syncDevice } from '../api/devices.ts';
import type { LicenseScope } from '../api/licenses.ts';
import type { DeviceApp } from '../api/status.ts';
import { formatDateTime } from '../format/times.ts';
import { LiftHoldsDialog, RevokeDialog } from '../licenses/license-dialogs.tsx';
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
import { Section } from '../ui/section.tsx';
import { Surface } from '../ui/surface.tsx';
import type { Column } from '../ui/table-model.ts';
import { WhyDrawer } from '../why/why-drawer.tsx';
import { managementName, ownershipNames, systemOf } from './device-words.ts';
import { IdentityFact } from './identity-fact.tsx';
import { RenewalLinkDialog } from './renewal-link-dialog.tsx';

const columnsOf = (onWhy: (row: DeviceApp) => void): readonly Column<DeviceApp>[] => [
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
  ...statusColumns<DeviceApp>(onWhy),
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

type Open = 'revoke' | 'lift' | 'renew';

function DeviceScreen({ device }: { readonly device: DeviceDetail }) {
  const [open, setOpen] = useState<Open>();
  const close = (): void => setOpen(undefined);
  const scope: LicenseScope = { of: 'devices', id: device.id };
  return (
    <Page
      title={device.name}
      aside={`${device.serialNumber} · ${device.userDisplayName ?? 'No user'}`}
      back={<RouterLink {...paths.devices()}>Devices</RouterLink>}
      actions={<DeviceActions device={device} onOpen={setOpen} />}
    >
      <Surface padded>
        <DeviceFacts device={device} onRenew={() => setOpen('renew')} />
      </Surface>
      <Apps device={device} />
      {open === 'revoke' && <RevokeDialog scope={scope} name={device.name} onClose={close} />}
      {open === 'lift' && <LiftHoldsDialog scope={scope} name={device.name} onClose={close} />}
      {open === 'renew' && <RenewalLinkDialog device={device} onClose={close} />}
    </Page>
  );
}

interface DeviceActionsProps {
  readonly device: DeviceDetail;
  readonly onOpen: (open: Open) => void;
}

function DeviceActions({ device, onOpen }: DeviceActionsProps) {
  const notify = useNotify();
  const syncing = useMutation({
    mutationFn: syncDevice,
    onSuccess: () => notify.done('The device was woken; it checks in when it is on and online'),
    onError: (error) => notify.failed('The device was not woken', error),
  });
  const isManaged = device.managementState === 'managed';
  return (
    <>
      <Button
        appearance="primary"
        icon={<ArrowSyncRegular />}
        disabled={syncing.isPending || !isManaged}
        onClick={() => syncing.mutate(device.id)}
      >
        Sync
      </Button>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button icon={<MoreHorizontalRegular />} aria-label="More actions" />
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            <MenuItem onClick={() => onOpen('revoke')}>Revoke device licenses…</MenuItem>
            <MenuItem onClick={() => onOpen('lift')}>Lift holds…</MenuItem>
            <MenuItem disabled={!isManaged} onClick={() => onOpen('renew')}>
              Renew identity…
            </MenuItem>
          </MenuList>
        </MenuPopover>
      </Menu>
    </>
  );
}

function Apps({ device }: { readonly device: DeviceDetail }) {
  const [asked, setAsked] = useState<DeviceApp>();
  const [columns] = useState(() => columnsOf(setAsked));
  return (
    <Section title="Apps">
      {device.apps.length === 0 ? (
        <EmptyState icon={<AppsRegular />} title="No app is assigned to this device">
          Apps are assigned to groups of devices or people, on the page of each app.
        </EmptyState>
      ) : (
        <DataTable label="Apps" rows={device.apps} columns={columns} idOf={(row) => row.appId} />
      )}
      {asked !== undefined && (
        <WhyDrawer
          subject={{
            of: 'apps',
            titleId: asked.appId,
            titleName: asked.appName,
            who: 'devices',
            whoId: device.id,
            whoName: device.name,
            serialNumber: device.serialNumber,
          }}
          onClose={() => setAsked(undefined)}
        />
      )}
    </Section>
  );
}

interface DeviceFactsProps {
  readonly device: DeviceDetail;
  readonly onRenew: () => void;
}

function DeviceFacts({ device, onRenew }: DeviceFactsProps) {
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
        ['Kiosk', device.kiosk ? 'Yes' : 'No'],
        [
          'Identity',
          device.identityExpiresDateTime === null ? null : (
            <IdentityFact key="identity" at={device.identityExpiresDateTime} onRenew={onRenew} />
          ),
        ],
        ['Serial number', device.serialNumber],
        ['UDID', device.udid],
      ]}
    />
  );
}
