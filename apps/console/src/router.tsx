import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  redirect,
  type RouterHistory,
} from '@tanstack/react-router';
import { AlertsPage } from './alerts/alerts-page.tsx';
import { AppPage } from './apps/app-page.tsx';
import { AppsPage } from './apps/apps-page.tsx';
import { AuditPage } from './audit/audit-page.tsx';
import { BookPage } from './books/book-page.tsx';
import { BooksPage } from './books/books-page.tsx';
import { DevicePage } from './devices/device-page.tsx';
import { DevicesPage } from './devices/devices-page.tsx';
import { GroupsPage } from './groups/groups-page.tsx';
import { paths } from './paths.ts';
import { PeoplePage } from './people/people-page.tsx';
import { PersonPage } from './people/person-page.tsx';
import { readAlertsSearch, readAppSearch, readAppsSearch, readTextSearch } from './search.ts';
import { SettingsPage } from './settings/settings-page.tsx';
import { NotFound } from './shell/not-found.tsx';
import { Root } from './shell/root.tsx';
import { ScreenFailed } from './shell/screen-failed.tsx';
import { TokenPage } from './tokens/token-page.tsx';
import { TokensPage } from './tokens/tokens-page.tsx';

export interface RouterContext {
  /** From the link of the first start, which makes the first administrator. */
  readonly firstStartSecret: string | undefined;
}

const root = createRootRouteWithContext<RouterContext>()({ component: Root });
const under = () => root;

const routeTree = root.addChildren([
  createRoute({
    getParentRoute: under,
    path: '/',
    beforeLoad: () => {
      throw redirect({ ...paths.apps(), replace: true });
    },
  }),
  createRoute({
    getParentRoute: under,
    path: '/apps',
    component: AppsPage,
    validateSearch: readAppsSearch,
  }),
  createRoute({
    getParentRoute: under,
    path: '/apps/$appId',
    component: AppPage,
    validateSearch: readAppSearch,
  }),
  createRoute({
    getParentRoute: under,
    path: '/books',
    component: BooksPage,
    validateSearch: readTextSearch,
  }),
  createRoute({ getParentRoute: under, path: '/books/$bookId', component: BookPage }),
  createRoute({
    getParentRoute: under,
    path: '/devices',
    component: DevicesPage,
    validateSearch: readTextSearch,
  }),
  createRoute({ getParentRoute: under, path: '/devices/$deviceId', component: DevicePage }),
  createRoute({
    getParentRoute: under,
    path: '/people',
    component: PeoplePage,
    validateSearch: readTextSearch,
  }),
  createRoute({ getParentRoute: under, path: '/people/$personId', component: PersonPage }),
  createRoute({
    getParentRoute: under,
    path: '/groups',
    component: GroupsPage,
    validateSearch: readTextSearch,
  }),
  createRoute({ getParentRoute: under, path: '/tokens', component: TokensPage }),
  createRoute({ getParentRoute: under, path: '/tokens/$tokenId', component: TokenPage }),
  createRoute({
    getParentRoute: under,
    path: '/alerts',
    component: AlertsPage,
    validateSearch: readAlertsSearch,
  }),
  createRoute({ getParentRoute: under, path: '/settings', component: SettingsPage }),
  createRoute({ getParentRoute: under, path: '/audit', component: AuditPage }),
]);

/** @param history the browser's unless given */
export function createConsoleRouter(context: RouterContext, history?: RouterHistory) {
  return createRouter({
    routeTree,
    context,
    defaultNotFoundComponent: NotFound,
    defaultErrorComponent: ScreenFailed,
    scrollToTopSelectors: ['main'],
    ...(history === undefined ? {} : { history }),
  });
}

export type ConsoleRouter = ReturnType<typeof createConsoleRouter>;

declare module '@tanstack/react-router' {
  interface Register {
    router: ConsoleRouter;
  }
}
