import { expect } from '@playwright/test';
import { test } from './support/stage.ts';
import {
  administrator,
  chooseAction,
  chooseFile,
  chooseOption,
  enter,
  expectNotice,
  expectRowVisible,
  open,
  press,
  signIn,
} from './support/words.ts';

test('a wrong password is told, and signing out leads back to the sign-in page', async ({
  page,
  stage,
}) => {
  await page.goto(`${stage.url}/devices?search=cart`);
  await signIn(page, { ...administrator, password: 'not the password' });
  await expect(page.getByText('The sign-in name or the password is wrong.')).toBeVisible();
  await signIn(page);
  await expectRowVisible(page, 'Devices', 'Cart iPad 1');
  await expect(page.getByPlaceholder('Search devices')).toHaveValue('cart');
  await press(page, administrator.name);
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
});

test('the file of a location that is here renews its token', async ({ page, stage, apple }) => {
  await enter(page, stage, '/tokens');
  await press(page, 'Create');
  await chooseFile(page, 'Token file', {
    name: 'again.vpptoken',
    text: await apple.download('Brookfield Schools'),
  });
  await expect(page.getByLabel('Keep this one beside it, as a duplicate')).not.toBeChecked();
  await page.getByRole('button', { name: /Renew/ }).click();
  await press(page, 'Save and renew');
  await expectNotice(page, 'Token renewed');
  await expectRowVisible(page, 'Content tokens', 'Brookfield Schools', 'Active');
});

test('a location that another product manages is not taken without asking [brief 16] [brief 30]', async ({
  page,
  stage,
  apple,
}) => {
  const token = await apple.found('Hillside Academy', [{ adamId: '361285480' }]);
  await apple.claim('Hillside Academy', 'Other MDM');
  await enter(page, stage, '/tokens');
  await expect(page.getByText(/Use a token in one product only/)).toBeVisible();
  await press(page, 'Create');
  await chooseFile(page, 'Token file', { name: 'hillside.vpptoken', text: token });
  await expect(page.getByText(/Remove the token there and generate a fresh one/)).toBeVisible();
  await expect(page.getByLabel('Take control of the token from Other MDM')).not.toBeChecked();
});

test('a location is paused and resumed, with reasons', async ({ page, stage }) => {
  await enter(page, stage, '/tokens');
  await page.getByRole('link', { name: 'Brookfield Schools' }).click();
  await chooseAction(page, /Pause location/);
  await expect(page.getByRole('button', { name: 'Pause', exact: true })).toBeDisabled();
  await page.getByLabel('Reason').fill('Counting licenses');
  await press(page, 'Pause');
  await expect(page.getByText(/“Counting licenses”/)).toBeVisible();
  await press(page, 'Resume…');
  await page.getByLabel('Reason').fill('Counted');
  await press(page, 'Resume');
  await expect(page.getByText(/“Counting licenses”/)).toBeHidden();
});

test('a location that another product has taken is taken back, once what that means was told', async ({
  page,
  stage,
  apple,
}) => {
  await enter(page, stage, '/tokens');
  await page.getByRole('link', { name: 'Brookfield Schools' }).click();
  await apple.claim('Brookfield Schools', 'Other MDM');
  await press(page, 'Sync now');
  await expect(page.getByText('Nothing is read from or written to Apple.')).toBeVisible();
  await press(page, 'Take over…');
  await expect(
    page.getByText('Take “Brookfield Schools” over from Other MDM?', { exact: true }),
  ).toBeVisible();
  await expect(page.getByText(/Other MDM loses this location at Apple/)).toBeVisible();
  await press(page, 'Take over');
  await expectNotice(page, '“Brookfield Schools” is being taken over');
  await expect(page.getByText('Nothing is read from or written to Apple.')).toBeHidden();
  await open(page, 'Tokens');
  await expectRowVisible(page, 'Content tokens', 'Brookfield Schools', 'Active');
});

test('another country or region is saved only after its consequences were told [brief 37]', async ({
  page,
  stage,
}) => {
  await enter(page, stage, '/tokens');
  await page.getByRole('link', { name: 'Brookfield Schools' }).click();
  await press(page, 'Edit or renew');
  await chooseOption(page, 'Country or region', 'Germ', /^Germany$/);
  await press(page, 'Save');
  await expect(page.getByText('Change from United States to Germany?')).toBeVisible();
  await expect(page.getByText(/rewritten from the App Store of Germany/)).toBeVisible();
  await expect(page.getByText('What that store does not have stays as it is.')).toBeVisible();
  await press(page, 'Change and save');
  await expectNotice(page, 'Token saved');
  await expect(page.getByText('Germany')).toBeVisible();
});

test('every screen fits a phone, and the dark theme stays chosen', async ({ page, stage }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await enter(page, stage);
  const fits = async (screen: string): Promise<void> => {
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.getByLabel('Loading')).toHaveCount(0);
    for (const place of [page.getByRole('main'), page.getByRole('banner')]) {
      const width = await place.evaluate((element) => element.scrollWidth);
      expect(width, `${screen} is wider than the window`).toBeLessThanOrEqual(360);
    }
  };
  const screens = 'Books Devices People Groups Tokens Alerts Audit Settings Apps'.split(' ');
  for (const screen of screens) {
    await press(page, 'Navigation');
    await open(page, screen);
    await fits(screen);
  }
  for (const list of ['/apps', '/devices', '/people', '/tokens']) {
    await page.goto(`${stage.url}${list}`);
    await page.getByRole('table').getByRole('link').first().click();
    await expect(page).not.toHaveURL(new RegExp(`${list}$`));
    await fits(`a page under ${list}`);
  }
  await press(page, 'Light or dark');
  await page.getByRole('menuitemradio', { name: 'Dark' }).click();
  await page.reload();
  await expect(page.locator('html')).toHaveCSS('color-scheme', 'dark');
});

test('the keyboard alone reaches the page of an app', async ({ page, stage }) => {
  await enter(page, stage);
  await page.getByRole('link', { name: 'Skip to content' }).focus();
  await page.keyboard.press('Enter');
  const link = page.getByRole('table', { name: 'Apps' }).getByRole('link').first();
  await expect(link).toBeVisible();
  for (
    let presses = 0;
    presses < 20 && (await link.and(page.locator(':focus')).count()) === 0;
    presses += 1
  ) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await expect(page.getByRole('tab', { name: 'Device status' })).toBeVisible();
});

test('deleting a token says what it does and takes its apps away [brief 64] [brief 66]', async ({
  page,
  stage,
}) => {
  await enter(page, stage, '/tokens');
  await page.getByRole('link', { name: 'Brookfield Schools' }).click();
  await chooseAction(page, /Delete token/);
  await expect(page.getByText('No app is removed from any device.')).toBeVisible();
  await page.getByRole('textbox', { name: 'Reason' }).fill('The school has closed');
  await press(page, 'Delete token');
  await expect(page.getByText('Bring your first content token')).toBeVisible();
  await open(page, 'Apps');
  await expect(page.getByRole('heading', { name: 'No apps yet' })).toBeVisible();
});
