import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  type Browser,
  type BrowserContextOptions,
  type Page,
  chromium,
  expect,
  request,
} from '@playwright/test';
import config from '../playwright.config.ts';
import { Apple } from './support/apple.ts';
import { stageOfRun, startStage } from './support/stage.ts';
import { chooseAction, chooseFile, open, press, signIn, signUp } from './support/words.ts';

/**
 * Takes the pictures in docs/images anew: start the demo with `npm run demo`, and in another window run
 * `npm run pictures -- --apple https://127.0.0.1:<port>` with the address of Apple in a box that the demo prints.
 */
const { values: addresses } = parseArgs({
  options: {
    apple: { type: 'string', default: '' },
    console: { type: 'string', default: 'https://localhost:8443' },
  },
});
const demoAdministrator = { signInName: 'admin', password: 'correct horse battery staple' };

interface Picture {
  readonly name: string;
  readonly path: string;
  /** What to do there before the picture is taken. */
  readonly act?: (page: Page) => Promise<void>;
}

const openFirst = async (page: Page): Promise<void> =>
  page.getByRole('table').getByRole('link').first().click();

const openTab =
  (name: RegExp) =>
  async (page: Page): Promise<void> => {
    await openFirst(page);
    await page.getByRole('tab', { name }).click();
  };

/** @param token the text of a `.vpptoken` file of a location that the console does not know */
const pictures = (token: string): readonly Picture[] => [
  { name: 'apps', path: '/apps?sort=-licenses' },
  { name: 'app-status', path: '/apps?show=waiting', act: openTab(/Device status/) },
  { name: 'app-assignments', path: '/apps?show=waiting', act: openTab(/Assignments/) },
  {
    name: 'app-forecast',
    path: '/apps?show=waiting',
    act: async (page) => {
      await openTab(/Assignments/)(page);
      await press(page, 'Add group');
      await page.getByLabel('Grade 6 iPads').check();
      await press(page, 'Add 1 group');
      await page.getByRole('button', { name: /Wait, the first in line first/ }).click();
    },
  },
  {
    name: 'assignment-settings',
    path: '/apps?show=waiting',
    act: async (page) => {
      await openTab(/Assignments/)(page);
      await page
        .getByRole('button', { name: /^Settings for/ })
        .first()
        .click();
    },
  },
  {
    name: 'app-why',
    path: '/apps?show=waiting',
    act: async (page) => {
      await openFirst(page);
      await page
        .getByRole('row')
        .filter({ hasText: 'in line' })
        .first()
        .getByRole('button', { name: 'Why?' })
        .click();
      await expect(page.getByRole('list', { name: 'Steps' })).toBeVisible();
    },
  },
  { name: 'app-properties', path: '/apps?show=waiting', act: openTab(/Properties/) },
  { name: 'books', path: '/books' },
  { name: 'book', path: '/books', act: openFirst },
  { name: 'devices', path: '/devices' },
  { name: 'enroll-device', path: '/devices', act: async (page) => press(page, 'Enroll a device') },
  { name: 'device', path: '/devices?search=dina.jansen', act: openFirst },
  { name: 'people', path: '/people' },
  { name: 'person', path: '/people?search=dina.jansen', act: openFirst },
  { name: 'groups', path: '/groups' },
  {
    name: 'import',
    path: '/groups',
    act: async (page) => {
      await press(page, 'Import CSV');
      const text = 'group,memberSerialNumber\nGrade 7 iPads,LAKE000001\nGrade 7 iPads,LAKE 2\n';
      await chooseFile(page, 'CSV file', { name: 'grade-7.csv', text });
      await expect(page.getByRole('table', { name: 'Problems' })).toBeVisible();
    },
  },
  { name: 'tokens', path: '/tokens' },
  { name: 'token', path: '/tokens', act: openFirst },
  {
    name: 'revoke-token',
    path: '/tokens',
    act: async (page) => {
      await openFirst(page);
      await chooseAction(page, /Revoke all licenses/);
      await expect(page.getByText('What does not happen:')).toBeVisible();
    },
  },
  {
    name: 'create-token',
    path: '/tokens',
    act: async (page) => {
      await press(page, 'Create');
      await chooseFile(page, 'Token file', { name: 'sToken.vpptoken', text: token });
      await page.getByLabel('Apple ID').fill('apps@pinewood.example.org');
    },
  },
  {
    name: 'alerts',
    path: '/tokens',
    // What Apple has assigned is read anew first, and licenses that run out are looked for every five minutes.
    act: async (page) => {
      await page.getByRole('link', { name: 'Lakeside schools' }).click();
      await press(page, 'Sync now');
      await open(page, 'Alerts');
      const used = page.getByText(/^All \d+ licenses are used/).first();
      await expect(used).toBeVisible({ timeout: 6 * 60_000 });
    },
  },
  { name: 'settings', path: '/settings' },
  { name: 'audit', path: '/audit' },
];

interface Look {
  readonly suffix: string;
  readonly options: BrowserContextOptions;
  /** The pictures that are taken so; all unless given. */
  readonly only?: readonly string[];
}

const wide = { width: 1280, height: 800 };
const looks: readonly Look[] = [
  { suffix: '', options: { viewport: wide } },
  {
    suffix: '-dark',
    options: { viewport: wide, colorScheme: 'dark' },
    only: ['apps', 'app-status', 'app-why', 'token', 'alerts', 'settings'],
  },
  {
    suffix: '-narrow',
    options: { viewport: { width: 360, height: 740 } },
    only: ['apps', 'app-status', 'app-forecast', 'person', 'create-token'],
  },
];

/** Takes a picture once everything is there and nothing moves. */
async function take(page: Page, name: string): Promise<void> {
  await expect(page.getByRole('heading').first()).toBeVisible();
  await expect(page.getByLabel('Loading')).toHaveCount(0);
  const icons = page.getByRole('main').locator('img');
  await expect
    .poll(async () =>
      icons.evaluateAll((all: readonly { readonly complete: boolean }[]) =>
        all.every(({ complete }) => complete),
      ),
    )
    .toBe(true);
  const path = fileURLToPath(new URL(`../docs/images/${name}.png`, import.meta.url));
  await page.screenshot({ path, animations: 'disabled' });
}

async function newPage(browser: Browser, options: BrowserContextOptions): Promise<Page> {
  return browser.newPage({ ...options, ignoreHTTPSErrors: true });
}

/** What a server shows that nobody has used. */
async function takeFirstDay(browser: Browser): Promise<void> {
  const end = await startStage();
  try {
    const page = await newPage(browser, { viewport: wide });
    await page.goto(stageOfRun().firstStartUrl);
    await take(page, 'first-start');
    await signUp(page);
    await open(page, 'Tokens');
    await expect(page.getByText('Bring your first content token')).toBeVisible();
    await take(page, 'no-tokens');
    await page.close();
  } finally {
    await end();
  }
}

async function takeDemo(browser: Browser): Promise<void> {
  const apple = new Apple(
    await request.newContext({ baseURL: addresses.apple, ignoreHTTPSErrors: true }),
  );
  const token = await apple.found('Pinewood College', [{ adamId: '361285480' }]);
  for (const { suffix, options, only } of looks) {
    const page = await newPage(browser, { ...options, baseURL: addresses.console });
    await page.goto('/');
    if (suffix === '') await take(page, 'sign-in');
    await signIn(page, demoAdministrator);
    await expect(page.getByRole('banner')).toBeVisible();
    for (const { name, path, act } of pictures(token)) {
      if (only !== undefined && !only.includes(name)) continue;
      await page.goto(path);
      await act?.(page);
      await take(page, `${name}${suffix}`);
    }
    await page.close();
  }
}

const browser = await chromium.launch(config.use?.launchOptions);
try {
  await takeFirstDay(browser);
  await takeDemo(browser);
} finally {
  await browser.close();
}
