import { AppsRegular } from '@fluentui/react-icons/svg/apps';
import { SearchInfoRegular } from '@fluentui/react-icons/svg/search-info';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type App, appsQuery } from '../api/apps.ts';
import { counted, formatNumber } from '../format/numbers.ts';
import { type AppsSearch, paths } from '../paths.ts';
import { DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { RouterLink } from '../ui/links.tsx';
import { Page } from '../ui/page.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { RowsSkeleton } from '../ui/skeletons.tsx';
import { Surface } from '../ui/surface.tsx';
import { filterApps } from './app-facts.ts';
import { appColumns } from './apps-columns.tsx';
import { AppsFilters } from './apps-filters.tsx';

export function AppsPage() {
  const search = useSearch({ from: '/apps' });
  const apps = useQuery(appsQuery);
  return (
    <Page title="Apps" aside={apps.data === undefined ? ' ' : counted(apps.data.length, 'app')}>
      <QueryView
        query={apps}
        what="the apps"
        loading={
          <Surface>
            <RowsSkeleton />
          </Surface>
        }
      >
        {(all) =>
          all.length === 0 ? (
            <Surface>
              <NoApps />
            </Surface>
          ) : (
            <AppList apps={all} search={search} />
          )
        }
      </QueryView>
    </Page>
  );
}

interface AppListProps {
  readonly apps: readonly App[];
  readonly search: AppsSearch;
}

function AppList({ apps, search }: AppListProps) {
  const navigate = useNavigate();
  const shown = filterApps(apps, search);
  return (
    <>
      <AppsFilters apps={apps} search={search} />
      <Surface>
        {shown.length === 0 ? (
          <EmptyState
            icon={<SearchInfoRegular />}
            title="No app fits"
            action={<RouterLink {...paths.apps()}>Show all {formatNumber(apps.length)}</RouterLink>}
          >
            Search looks into names, publishers and bundle IDs.
          </EmptyState>
        ) : (
          <DataTable
            label="Apps"
            rows={shown}
            columns={appColumns}
            idOf={(app) => app.id}
            sort={search.sort}
            onSort={(sort) => void navigate({ ...paths.apps({ ...search, sort }), replace: true })}
          />
        )}
      </Surface>
    </>
  );
}

function NoApps() {
  return (
    <EmptyState
      icon={<AppsRegular />}
      title="No apps yet"
      action={<RouterLink {...paths.tokens()}>Go to tokens</RouterLink>}
    >
      Apps come from a content token: create one, and its first sync brings everything your
      organization bought in Apple Business Manager or Apple School Manager.
    </EmptyState>
  );
}
