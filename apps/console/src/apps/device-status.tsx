import { ToggleButton, makeStyles, tokens } from '@fluentui/react-components';
import { PhoneTabletRegular } from '@fluentui/react-icons/svg/phone-tablet';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { type AppDetail, appDevicesQuery } from '../api/apps.ts';
import type { AppDevice, InstallState } from '../api/status.ts';
import { formatNumber } from '../format/numbers.ts';
import { paths } from '../paths.ts';
import { statusColumns } from '../status/status-cells.tsx';
import { installWords } from '../status/words.ts';
import { DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { RouterLink } from '../ui/links.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { RowTitle } from '../ui/row-title.tsx';
import { RowsSkeleton } from '../ui/skeletons.tsx';
import { Surface } from '../ui/surface.tsx';
import type { Column } from '../ui/table-model.ts';
import { TwoLines } from '../ui/two-lines.tsx';
import { WhyDrawer } from '../why/why-drawer.tsx';
import { ExpectedDevices } from './expected-devices.tsx';

const useStyles = makeStyles({
  filters: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
});

const columnsOf = (onWhy: (row: AppDevice) => void): readonly Column<AppDevice>[] => [
  {
    id: 'device',
    header: 'Device',
    width: 'minmax(0, 1.5fr)',
    cell: (row) => (
      <RowTitle aside={row.serialNumber}>
        <RouterLink {...paths.device(row.deviceId)}>
          {row.deviceName ?? row.serialNumber}
        </RouterLink>
      </RowTitle>
    ),
  },
  {
    id: 'user',
    header: 'User',
    width: 'minmax(0, 1.2fr)',
    cell: (row) => (
      <TwoLines aside={row.userPrincipalName}>{row.userDisplayName ?? 'No user'}</TwoLines>
    ),
  },
  ...statusColumns<AppDevice>(onWhy),
];

interface DeviceStatusProps {
  readonly app: AppDetail;
  readonly state: InstallState | undefined;
}

/** The devices that are to have the app, and how far each is. */
export function DeviceStatus({ app, state }: DeviceStatusProps) {
  const devices = useInfiniteQuery(appDevicesQuery(app.id, state));
  const { hasNextPage, fetchNextPage } = devices;
  const [asked, setAsked] = useState<AppDevice>();
  const [columns] = useState(() => columnsOf(setAsked));
  return (
    <>
      <StateFilter app={app} state={state} />
      <Surface>
        <QueryView query={devices} what="the device status" loading={<RowsSkeleton />}>
          {({ pages }) => {
            const rows = pages.flatMap((page) => page.value);
            return rows.length === 0 ? (
              <NoDevices app={app} state={state} />
            ) : (
              <DataTable
                label="Device status"
                rows={rows}
                columns={columns}
                count={pages.at(-1)?.count}
                idOf={(row) => row.deviceId}
                onEnd={hasNextPage ? () => void fetchNextPage() : undefined}
              />
            );
          }}
        </QueryView>
      </Surface>
      {state === undefined && <ExpectedDevices appId={app.id} />}
      {asked !== undefined && (
        <WhyDrawer
          subject={{
            of: 'apps',
            titleId: app.id,
            titleName: app.name,
            who: 'devices',
            whoId: asked.deviceId,
            whoName: asked.deviceName ?? asked.serialNumber,
            serialNumber: asked.serialNumber,
          }}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  );
}

function StateFilter({ app, state }: DeviceStatusProps) {
  const styles = useStyles();
  const navigate = useNavigate();
  const counts = [
    ['installed', app.installed],
    ['pendingInstall', app.pending],
    ['failed', app.failed],
    ['uninstallFailed', app.removalFailed],
    ['notApplicable', undefined],
  ] as const;
  return (
    <div className={styles.filters}>
      {counts.map(([one, count]) => (
        <ToggleButton
          key={one}
          size="small"
          shape="circular"
          checked={state === one}
          disabled={count === 0 && state !== one}
          onClick={() =>
            void navigate({
              ...paths.app(app.id, { tab: 'devices', state: state === one ? undefined : one }),
              replace: true,
            })
          }
        >
          {installWords[one].word}
          {count === undefined ? '' : ` (${formatNumber(count)})`}
        </ToggleButton>
      ))}
    </div>
  );
}

function NoDevices({ app, state }: DeviceStatusProps) {
  if (state !== undefined) {
    return (
      <EmptyState
        icon={<PhoneTabletRegular />}
        title={`No device is in the state “${installWords[state].word}”`}
        action={<RouterLink {...paths.app(app.id)}>Show all devices</RouterLink>}
      />
    );
  }
  return (
    <EmptyState
      icon={<PhoneTabletRegular />}
      title="No enrolled device is to have this app"
      action={
        <RouterLink {...paths.app(app.id, { tab: 'assignments' })}>Go to assignments</RouterLink>
      }
    >
      Assign it to a group: the enrolled devices of the group, and of the people in it, then show
      here.
    </EmptyState>
  );
}
