import { Button } from '@fluentui/react-components';
import { ArrowImportRegular } from '@fluentui/react-icons/svg/arrow-import';
import { PersonRegular } from '@fluentui/react-icons/svg/person';
import { SearchInfoRegular } from '@fluentui/react-icons/svg/search-info';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useCallback, useState } from 'react';
import { type PersonRow, peoplePagesQuery } from '../api/people.ts';
import { counted } from '../format/numbers.ts';
import { ImportDrawer } from '../groups/import-drawer.tsx';
import { paths } from '../paths.ts';
import { Count } from '../ui/count.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { Ellipsis } from '../ui/ellipsis.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { RouterLink } from '../ui/links.tsx';
import { Page } from '../ui/page.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { RowTitle } from '../ui/row-title.tsx';
import { SearchField } from '../ui/search-field.tsx';
import { RowsSkeleton } from '../ui/skeletons.tsx';
import { StateChip } from '../ui/state-chip.tsx';
import { Surface } from '../ui/surface.tsx';
import type { Column } from '../ui/table-model.ts';
import { atAppleWords } from './people-words.ts';

const columns: readonly Column<PersonRow>[] = [
  {
    id: 'name',
    header: 'Name',
    width: 'minmax(0, 2.4fr)',
    cell: (person) => (
      <RowTitle aside={person.userPrincipalName}>
        <RouterLink {...paths.person(person.id)}>{person.displayName}</RouterLink>
      </RowTitle>
    ),
  },
  {
    id: 'department',
    header: 'Department',
    width: 'minmax(0, 1.4fr)',
    cell: (person) => <Ellipsis>{person.department ?? '—'}</Ellipsis>,
  },
  {
    id: 'apple',
    header: 'At Apple',
    width: 'minmax(140px, 1fr)',
    cell: ({ atApple }) =>
      atApple === null ? (
        <span>—</span>
      ) : (
        <StateChip tone={atAppleWords[atApple].tone}>{atAppleWords[atApple].word}</StateChip>
      ),
  },
  {
    id: 'devices',
    header: 'Devices',
    width: '72px',
    align: 'end',
    cell: (person) => <Count of={person.devices} />,
  },
  {
    id: 'licenses',
    header: 'User licenses',
    width: '96px',
    align: 'end',
    cell: (person) => <Count of={person.licenses} />,
  },
  {
    id: 'waiting',
    header: 'Waiting',
    width: '72px',
    align: 'end',
    cell: (person) => <Count of={person.waiting} tone="attention" />,
  },
];

/** Everybody the directory knows: who has which user licenses, and how far Apple is with them. */
export function PeoplePage() {
  const { search = '' } = useSearch({ from: '/people' });
  const navigate = useNavigate();
  const people = useInfiniteQuery({
    ...peoplePagesQuery(search),
    placeholderData: keepPreviousData,
  });
  const { hasNextPage, fetchNextPage } = people;
  const [isImporting, setImporting] = useState(false);
  const onSearch = useCallback(
    (text: string) =>
      void navigate({ ...paths.people(text === '' ? {} : { search: text }), replace: true }),
    [navigate],
  );
  const count = people.data?.pages.at(-1)?.count;
  const isEmpty = count === 0 && search === '';
  const importing = (
    <Button appearance="primary" icon={<ArrowImportRegular />} onClick={() => setImporting(true)}>
      Import CSV
    </Button>
  );
  return (
    <Page
      title="People"
      aside={count === undefined ? ' ' : counted(count, 'person', 'people')}
      actions={isEmpty ? undefined : importing}
    >
      {!isEmpty && <SearchField label="Search people" value={search} onSearch={onSearch} />}
      <Surface>
        <QueryView query={people} what="the people" loading={<RowsSkeleton />}>
          {({ pages }) => {
            const rows = pages.flatMap((page) => page.value);
            return rows.length === 0 ? (
              <NoPeople isEmpty={isEmpty} action={importing} />
            ) : (
              <DataTable
                label="People"
                rows={rows}
                columns={columns}
                count={count}
                idOf={(person) => person.id}
                onEnd={hasNextPage ? () => void fetchNextPage() : undefined}
              />
            );
          }}
        </QueryView>
      </Surface>
      {isImporting && <ImportDrawer kind="people" onClose={() => setImporting(false)} />}
    </Page>
  );
}

function NoPeople({ isEmpty, action }: { readonly isEmpty: boolean; readonly action: ReactNode }) {
  return isEmpty ? (
    <EmptyState icon={<PersonRegular />} title="No people yet" action={action}>
      Who is to get user licenses and books, or has a device, is listed here. Import people from a
      CSV file, or create them over the API.
    </EmptyState>
  ) : (
    <EmptyState icon={<SearchInfoRegular />} title="Nobody fits">
      Search looks into names, sign-in names, addresses and departments.
    </EmptyState>
  );
}
