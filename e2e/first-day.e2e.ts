import { expect } from '@playwright/test';
import { test } from './support/stage.ts';
import {
  administrator,
  chooseAction,
  chooseFile,
  expectNotice,
  expectRowVisible,
  open,
  press,
  row,
  signUp,
} from './support/words.ts';

const [keynote, swiftPlayground] = ['361285480', '908519492'];
const ipads = [
  { serialNumber: 'DMPE2E000001', name: 'Cart iPad 1' },
  { serialNumber: 'DMPE2E000002', name: 'Cart iPad 2' },
];

test('from the first start to an app on a device [brief 31] [brief 41] [brief 48]', async ({
  page,
  stage,
  apple,
}) => {
  test.setTimeout(240_000);
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      problems.push(message.text());
  });

  await test.step('the first administrator signs up with the link', async () => {
    await page.goto(stage.firstStartUrl);
    await signUp(page);
    await expect(page.getByRole('heading', { name: 'No apps yet' })).toBeVisible();
    expect(page.url()).toBe(`${stage.url}/apps`);
  });

  await test.step('a token is created from the file from Apple', async () => {
    const token = await apple.found('Brookfield Schools', [
      { adamId: keynote },
      { adamId: swiftPlayground, quantity: 1 },
    ]);
    await open(page, 'Tokens');
    await expect(page.getByText('Bring your first content token')).toBeVisible();
    await press(page, 'Create');
    await chooseFile(page, 'Token file', { name: 'sToken.vpptoken', text: 'no token' });
    await expect(page.getByRole('dialog').getByRole('alert')).not.toBeEmpty();
    await chooseFile(page, 'Token file', { name: 'sToken.vpptoken', text: token });
    await expect(page.getByLabel('Display name')).toHaveValue('Brookfield Schools');
    await page.getByLabel('Apple ID').fill('apps@brookfield.example.org');
    await page.getByLabel('Education').check();
    await expect(page.getByLabel('Country or region')).toHaveValue('United States');
    await expect(page.getByLabel('Automatic app updates')).toBeChecked();
    const create = page.getByRole('dialog').getByRole('button', { name: 'Create' });
    await expect(create).toBeDisabled();
    await page.getByLabel(/I agree/).check();
    await create.click();
    await expectRowVisible(page, 'Syncs', 'First sync', 'Completed');
    await open(page, 'Tokens');
    await expectRowVisible(page, 'Content tokens', 'Brookfield Schools', 'Active');
  });

  await test.step('Sync now shows how far it is', async () => {
    await page.getByRole('link', { name: 'Brookfield Schools' }).click();
    await apple.slowDown(1200);
    await press(page, 'Sync now');
    await expect(page.getByRole('progressbar', { name: 'Sync progress' })).toBeVisible();
    await apple.slowDown(0);
    await expectRowVisible(page, 'Syncs', 'Sync now', 'Completed');
  });

  await test.step('devices enroll with one-time links and appear by themselves', async () => {
    await open(page, 'Devices');
    await expect(page.getByText('Upload the push certificate first')).toBeVisible();
    await chooseAction(page, /Push certificate/);
    const { certificate, key } = await apple.pushCertificate();
    await page.getByRole('textbox', { name: /^Certificate/ }).fill(certificate);
    await page.getByRole('textbox', { name: /^Private key/ }).fill(key);
    await press(page, 'Save');
    await expectNotice(page, 'Push certificate saved');
    await apple.makeDevices(ipads);
    for (const ipad of ipads) {
      await press(page, 'Enroll a device');
      await press(page, 'Create link');
      await apple.enroll(ipad.serialNumber, await page.getByLabel('Enrollment link').inputValue());
      await press(page, 'Close');
      await expectRowVisible(page, 'Devices', ipad.name, 'Managed');
    }
  });

  await test.step('a group comes from a CSV file, once its lines are right', async () => {
    await open(page, 'Groups');
    await press(page, 'Import CSV');
    const header = 'group,memberSerialNumber';
    const lines = ipads.map(({ serialNumber }) => `Cart A,${serialNumber}`);
    await chooseFile(page, 'CSV file', { name: 'bad.csv', text: `${header}\nCart A,?\n` });
    await expect(
      page.getByRole('table', { name: 'Problems' }).getByRole('cell', { name: '2', exact: true }),
    ).toBeVisible();
    await expect(page.getByRole('button', { name: 'Import', exact: true })).toBeDisabled();
    await chooseFile(page, 'CSV file', { name: 'good.csv', text: [header, ...lines].join('\n') });
    await press(page, 'Import');
    await expectRowVisible(page, 'Groups', 'Cart A', '2');
  });

  await test.step('an app is assigned, and nothing happens before Save', async () => {
    await open(page, 'Apps');
    await page.getByPlaceholder('Search apps').fill('swift');
    await row(page, 'Apps', 'Swift Playground').getByRole('link').click();
    await page.getByRole('tab', { name: /Assignments/ }).click();
    await press(page, 'Add group');
    await page.getByLabel('Cart A').check();
    await press(page, 'Add 1 group');
    await expectRowVisible(
      page,
      'Assignments',
      'Cart A',
      'Not saved',
      'Required',
      'Device licensing',
    );
    await page.reload();
    await expect(page.getByText('Not assigned')).toBeVisible();
    await press(page, 'Add group');
    await page.getByLabel('Cart A').check();
    await press(page, 'Add 1 group');
    await press(page, 'Save');
    await expect(page.getByRole('tab', { name: 'Assignments (1)' })).toBeVisible();
  });

  await test.step('one device gets the only license and the app, the other waits in line', async () => {
    await page.getByRole('tab', { name: 'Device status' }).click();
    await expectRowVisible(page, 'Device status', 'Held', 'Acknowledged', 'Managed', 'Installed');
    await expectRowVisible(
      page,
      'Device status',
      'Waiting, 1 in line',
      '0x87D13B7E',
      'Buy licenses',
    );
    await row(page, 'Device status', 'Installed').getByRole('link').click();
    await expectRowVisible(page, 'Apps', 'Swift Playground', 'Held', 'Installed');
  });

  await test.step('all of it is in the audit log', async () => {
    await open(page, 'Audit');
    await expectRowVisible(page, 'Audit', administrator.name, 'Swift Playground');
  });

  expect(problems).toEqual([]);
});
