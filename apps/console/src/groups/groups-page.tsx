import { Button } from '@fluentui/react-components';
import { ArrowImportRegular } from '@fluentui/react-icons/svg/arrow-import';
import { PeopleTeamRegular } from '@fluentui/react-icons/svg/people-team';
import { SearchInfoRegular } from '@fluentui/react-icons/svg/search-info';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { type Group, groupsQuery } from '../api/groups.ts';
import { counted, formatNumber } from '../format/numbers.ts';
import { paths } from '../paths.ts';
import { Count } from '../ui/count.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Page } from '../ui/page.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { RowTitle } from '../ui/row-title.tsx';
import { SearchField } from '../ui/search-field.tsx';
import { RowsSkeleton } from '../ui/skeletons.tsx';
import { Surface } from '../ui/surface.tsx';
import type { Column } from '../ui/table-model.ts';
import { ImportDrawer } from './import-drawer.tsx';

const columns: readonly Column<Group>[] = [
  {
    id: 'name',
    header: 'Name',
    width: 'minmax(0, 3fr)',
    cell: (group) => (
      <RowTitle aside={group.description ?? undefined}>{group.displayName}</RowTitle>
    ),
  },
  {
    id: 'people',
    header: 'People',
    width: '96px',
    align: 'end',
    cell: (group) => <Count of={group.people} />,
  },
  {
    id: 'devices',
    header: 'Devices',
    width: '96px',
    align: 'end',
    cell: (group) => <Count of={group.devices} />,
  },
  {
    id: 'groups',
    header: 'Groups',
    width: '96px',
    align: 'end',
    cell: (group) => <Count of={group.groups} />,
  },
  {
    id: 'apps',
    header: 'Assigned apps',
    width: '120px',
    align: 'end',
    cell: (group) => formatNumber(group.assignedApps),
  },
];

export function GroupsPage() {
  const { search = '' } = useSearch({ from: '/groups' });
  const navigate = useNavigate();
  const groups = useQuery({ ...groupsQuery(search), placeholderData: keepPreviousData });
  const [isImporting, setImporting] = useState(false);
  const onSearch = useCallback(
    (text: string) =>
      void navigate({ ...paths.groups(text === '' ? {} : { search: text }), replace: true }),
    [navigate],
  );
  const isEmpty = groups.data?.count === 0 && search === '';
  const importing = (
    <Button appearance="primary" icon={<ArrowImportRegular />} onClick={() => setImporting(true)}>
      Import CSV
    </Button>
  );
  return (
    <Page
      title="Groups"
      aside={groups.data === undefined ? ' ' : counted(groups.data.count, 'group')}
      actions={isEmpty ? undefined : importing}
    >
      {!isEmpty && <SearchField label="Search groups" value={search} onSearch={onSearch} />}
      <Surface>
        <QueryView query={groups} what="the groups" loading={<RowsSkeleton />}>
          {({ value }) => {
            if (isEmpty) {
              return (
                <EmptyState icon={<PeopleTeamRegular />} title="No groups yet" action={importing}>
                  Apps are assigned to groups of people and devices. Import them from CSV files, or
                  create them over the API.
                </EmptyState>
              );
            }
            if (value.length === 0) {
              return (
                <EmptyState
                  icon={<SearchInfoRegular />}
                  title={`No group has “${search}” in its name`}
                />
              );
            }
            return (
              <DataTable label="Groups" rows={value} columns={columns} idOf={(group) => group.id} />
            );
          }}
        </QueryView>
      </Surface>
      {isImporting && <ImportDrawer onClose={() => setImporting(false)} />}
    </Page>
  );
}
