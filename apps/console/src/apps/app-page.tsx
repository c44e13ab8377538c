import { Tab, TabList, makeStyles, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type AppDetail, appQuery } from '../api/apps.ts';
import { formatNumber } from '../format/numbers.ts';
import { type AppSearch, paths } from '../paths.ts';
import { appTabs } from '../search.ts';
import { AppIcon } from '../ui/app-icon.tsx';
import { RouterLink } from '../ui/links.tsx';
import { Page } from '../ui/page.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { PageSkeleton } from '../ui/skeletons.tsx';
import { AboutApp } from './about-app.tsx';
import { platformNames } from './app-facts.ts';
import { AppAssignments } from './app-assignments.tsx';
import { DeviceStatus } from './device-status.tsx';
import { LicensePanel } from './license-panel.tsx';

const useStyles = makeStyles({
  tabs: { marginInlineStart: `calc(-1 * ${tokens.spacingHorizontalM})` },
});

export function AppPage() {
  const { appId } = useParams({ from: '/apps/$appId' });
  const search = useSearch({ from: '/apps/$appId' });
  const app = useQuery(appQuery(appId));
  return (
    <QueryView query={app} what="the app" loading={<PageSkeleton />}>
      {(found) => <AppScreen app={found} search={search} />}
    </QueryView>
  );
}

interface AppScreenProps {
  readonly app: AppDetail;
  readonly search: AppSearch;
}

function AppScreen({ app, search }: AppScreenProps) {
  const styles = useStyles();
  const navigate = useNavigate();
  const tab = search.tab ?? 'devices';
  return (
    <Page
      title={app.name}
      aside={[
        app.artistName,
        platformNames[app.platform],
        ...(app.isCustomApp ? ['Custom app'] : []),
        app.tokenName,
      ]
        .filter((text) => text !== null)
        .join(' · ')}
      picture={<AppIcon name={app.name} url={app.iconUrl} size="large" />}
      back={<RouterLink {...paths.apps()}>Apps</RouterLink>}
    >
      <LicensePanel app={app} />
      <TabList
        className={styles.tabs}
        selectedValue={tab}
        onTabSelect={(_, { value }) =>
          void navigate(paths.app(app.id, { tab: appTabs.find((known) => known === value) }))
        }
      >
        <Tab value="devices">Device status</Tab>
        <Tab value="assignments">Assignments ({formatNumber(app.assignments.length)})</Tab>
        <Tab value="about">Properties</Tab>
      </TabList>
      {tab === 'devices' && <DeviceStatus app={app} state={search.state} />}
      {tab === 'assignments' && <AppAssignments key={app.id} app={app} />}
      {tab === 'about' && <AboutApp app={app} />}
    </Page>
  );
}
