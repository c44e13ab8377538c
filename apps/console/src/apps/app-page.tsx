import {
  Button,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  Tab,
  TabList,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { MoreHorizontalRegular } from '@fluentui/react-icons/svg/more-horizontal';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { type AppDetail, appQuery } from '../api/apps.ts';
import type { LicenseScope } from '../api/licenses.ts';
import { formatNumber } from '../format/numbers.ts';
import { AdoptDialog } from '../licenses/adopt-dialog.tsx';
import { LiftHoldsDialog, RevokeDialog } from '../licenses/license-dialogs.tsx';
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
      actions={<AppActions app={app} />}
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

/** What is done to the licenses of an app by hand. */
function AppActions({ app }: { readonly app: AppDetail }) {
  const [open, setOpen] = useState<'revoke' | 'lift' | 'adopt'>();
  const close = (): void => setOpen(undefined);
  const scope: LicenseScope = { of: 'apps', id: app.id };
  return (
    <>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button icon={<MoreHorizontalRegular />} aria-label="More actions" />
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            <MenuItem disabled={app.found === 0} onClick={() => setOpen('adopt')}>
              Adopt licenses…
            </MenuItem>
            <MenuItem onClick={() => setOpen('revoke')}>Revoke all licenses…</MenuItem>
            <MenuItem onClick={() => setOpen('lift')}>Lift holds…</MenuItem>
          </MenuList>
        </MenuPopover>
      </Menu>
      {open === 'adopt' && <AdoptDialog of="apps" title={app} onClose={close} />}
      {open === 'revoke' && <RevokeDialog scope={scope} name={app.name} onClose={close} />}
      {open === 'lift' && <LiftHoldsDialog scope={scope} name={app.name} onClose={close} />}
    </>
  );
}
