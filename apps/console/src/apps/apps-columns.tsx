import type { App } from '../api/apps.ts';
import { formatNumber } from '../format/numbers.ts';
import { paths } from '../paths.ts';
import { AppIcon } from '../ui/app-icon.tsx';
import { Count } from '../ui/count.tsx';
import { Ellipsis } from '../ui/ellipsis.tsx';
import { RouterLink } from '../ui/links.tsx';
import { RowTitle } from '../ui/row-title.tsx';
import type { Column } from '../ui/table-model.ts';
import { platformNames } from './app-facts.ts';
import { LicenseCell } from './license-cell.tsx';

export const appColumns: readonly Column<App>[] = [
  {
    id: 'name',
    header: 'Name',
    width: 'minmax(0, 3.2fr)',
    sortBy: (app) => app.name,
    cell: (app) => (
      <RowTitle
        picture={<AppIcon name={app.name} url={app.iconUrl} />}
        aside={[app.artistName, platformNames[app.platform], ...(app.isCustomApp ? ['Custom'] : [])]
          .filter((text) => text !== null)
          .join(' · ')}
      >
        <RouterLink {...paths.app(app.id)}>{app.name}</RouterLink>
      </RowTitle>
    ),
  },
  {
    id: 'token',
    header: 'Token',
    width: 'minmax(0, 1.7fr)',
    sortBy: (app) => app.tokenName,
    cell: (app) => <Ellipsis>{app.tokenName}</Ellipsis>,
  },
  {
    id: 'licenses',
    header: 'Licenses',
    width: 'minmax(0, 1.6fr)',
    sortBy: (app) => app.held,
    cell: (app) => <LicenseCell app={app} />,
  },
  {
    id: 'waiting',
    header: 'Waiting',
    width: '68px',
    align: 'end',
    sortBy: (app) => app.waiting,
    cell: (app) => <Count of={app.waiting} tone="attention" />,
  },
  {
    id: 'installed',
    header: 'Installed',
    width: '68px',
    align: 'end',
    sortBy: (app) => app.installed,
    cell: (app) => <Count of={app.installed} />,
  },
  {
    id: 'pending',
    header: 'Pending',
    width: '68px',
    align: 'end',
    sortBy: (app) => app.pending,
    cell: (app) => <Count of={app.pending} />,
  },
  {
    id: 'failed',
    header: 'Failed',
    width: '60px',
    align: 'end',
    sortBy: (app) => app.failed,
    cell: (app) => <Count of={app.failed} tone="bad" />,
  },
  {
    id: 'assigned',
    header: 'Groups',
    width: '60px',
    align: 'end',
    sortBy: (app) => app.assignedGroups,
    cell: (app) => <span>{formatNumber(app.assignedGroups)}</span>,
  },
];
