import { type Page, expect } from '@playwright/test';
import { test } from './support/stage.ts';
import {
  chooseAction,
  chooseFile,
  chooseOption,
  enter,
  expectNotice,
  expectRowVisible,
  open,
  press,
  row,
} from './support/words.ts';

async function openApp(page: Page, name: string, tab: RegExp): Promise<void> {
  await open(page, 'Apps');
  await row(page, 'Apps', name).first().getByRole('link').click();
  await page.getByRole('tab', { name: tab }).click();
}

/** Says why, in a dialog that asks for it. */
async function giveReason(page: Page, reason: string, act: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Reason' }).fill(reason);
  await press(page, act);
}

test('an assignment keeps its settings, and what Save would do is told before [brief 43] [brief 76]', async ({
  page,
  stage,
}) => {
  await enter(page, stage, '/apps');
  await openApp(page, 'Swift Playground', /Assignments/);
  await press(page, 'Settings for Cart A');
  await page.getByRole('spinbutton', { name: 'Priority' }).fill('5');
  await page.getByLabel('When no assignment wants the app any more').selectOption('keep');
  await page.getByLabel('App configuration').fill('<dict><key>server</key></dict>');
  await expect(page.getByText('A value is missing.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Apply' })).toBeDisabled();
  await page
    .getByLabel('App configuration')
    .fill('<dict><key>server</key><string>a.example</string></dict>');
  await press(page, 'Apply');
  const words = 'Priority 5, Kept when unassigned, Configured';
  await expectRowVisible(page, 'Assignments', 'Cart A', words);
  await expect(page.getByRole('heading', { name: 'If you save this' })).toBeVisible();
  await expect(page.getByText('Wait, the first in line first (1)')).toBeVisible();
  await press(page, 'Save');
  await expectNotice(page, 'Assignments saved');
  await page.reload();
  await expectRowVisible(page, 'Assignments', 'Cart A', words);
  await press(page, 'Settings for Cart A');
  await expect(page.getByLabel('App configuration')).toHaveValue(/"server": "a.example"/);
});

test('why an app waits is told to the end, and a license taken back by hand serves the next in line [brief 59] [brief 77]', async ({
  page,
  stage,
}) => {
  await enter(page, stage, '/apps');
  await openApp(page, 'Swift Playground', /Device status/);
  const waiting = row(page, 'Device status', 'in line');
  await waiting.getByRole('button', { name: 'Why?' }).click();
  await expect(page.getByText('It stops at: license.')).toBeVisible();
  await expect(page.getByText(/Required for the group Cart A/)).toBeVisible();
  await press(page, 'Close');
  await row(page, 'Device status', 'Installed').getByRole('link').click();
  await chooseAction(page, /Revoke device licenses/);
  await giveReason(page, 'The cart is rebuilt', 'Revoke licenses');
  await expectNotice(page, '1 license goes back');
  await row(page, 'Apps', 'Swift Playground').getByRole('button', { name: 'Why?' }).click();
  await expect(page.getByText(/Taken back by hand by .*The cart is rebuilt/)).toBeVisible();
  await press(page, 'Close');
  await openApp(page, 'Swift Playground', /Device status/);
  await expectRowVisible(page, 'Device status', 'Held', 'Managed', 'Installed');
  await chooseAction(page, /Lift holds/);
  await giveReason(page, 'Rebuilt', 'Lift holds');
  await expectNotice(page, '1 hold lifted');
  await expectRowVisible(page, 'Device status', 'Waiting, 1 in line');
});

test('a person is enrolled with a reminder, invited, and shown with their licenses [brief 26] [brief 28]', async ({
  page,
  stage,
  apple,
}) => {
  await enter(page, stage, '/people');
  await expect(page.getByRole('heading', { name: 'No people yet' })).toBeVisible();
  await press(page, 'Import CSV');
  const people = 'userPrincipalName,displayName\npat@brookfield.example.org,Pat Doe';
  await chooseFile(page, 'CSV file', { name: 'people.csv', text: people });
  await press(page, 'Import');
  await expectRowVisible(page, 'People', 'Pat Doe');
  await open(page, 'Groups');
  await press(page, 'Import CSV');
  const groups = 'group,memberUserPrincipalName\nTeachers,pat@brookfield.example.org';
  await chooseFile(page, 'CSV file', { name: 'groups.csv', text: groups });
  await press(page, 'Import');
  await expectRowVisible(page, 'Groups', 'Teachers');

  await apple.makeDevices([{ serialNumber: 'DMPE2E000003', name: 'Pat’s iPad' }]);
  await open(page, 'Devices');
  await press(page, 'Enroll a device');
  await chooseOption(page, 'User', 'Pat', /Pat Doe/);
  await press(page, 'Create link');
  await expect(page.getByText(/sign in to the App Store .* own Apple Account/)).toBeVisible();
  await apple.enroll('DMPE2E000003', await page.getByLabel('Enrollment link').inputValue());
  await press(page, 'Close');
  await expectRowVisible(page, 'Devices', 'Pat’s iPad', 'Managed');

  await openApp(page, 'Keynote', /Assignments/);
  await press(page, 'Add group');
  await page.getByLabel('Teachers').check();
  await press(page, 'Add 1 group');
  await page.getByLabel('License type for Teachers').selectOption('user');
  await expect(page.getByText(/1 person is invited/)).toBeVisible();
  await press(page, 'Save');
  await open(page, 'People');
  await expectRowVisible(page, 'People', 'Pat Doe', 'Invited');
  await row(page, 'People', 'Pat Doe').getByRole('link').click();
  await expect(page.getByLabel('Invitation link')).toHaveValue(/inviteCode=/);
  await expectRowVisible(page, 'User licenses', 'Keynote', 'Held');
  await expectRowVisible(page, 'Devices', 'Pat’s iPad');
});

test('settings are saved, and an alert rings until somebody has seen it', async ({
  page,
  stage,
}) => {
  await enter(page, stage, '/tokens');
  await page.getByRole('link', { name: 'Brookfield Schools' }).click();
  // The alert is about what Apple has counted.
  await press(page, 'Sync now');
  const synced = row(page, 'Syncs', 'Sync now').filter({ hasText: 'Completed' });
  await expect(synced).toHaveCount(2);
  await open(page, 'Settings');
  await page.getByLabel('Only in a maintenance window').check();
  await page.getByLabel('From').fill('23:30');
  await press(page, 'Save app updates');
  await expectNotice(page, 'App updates: saved');
  await page.getByLabel('After a device was wiped', { exact: true }).fill('3');
  await press(page, 'Save licenses');
  await expectNotice(page, 'Licenses: saved');
  await page.getByLabel('Licenses in use').fill('70');
  await press(page, 'Save alerts');
  await expectNotice(page, 'Alerts: saved');
  await page.reload();
  await expect(page.getByLabel('From')).toHaveValue('23:30');
  await expect(page.getByLabel('After a device was wiped', { exact: true })).toHaveValue('3');

  await page.getByRole('link', { name: /^Alerts, \d+ not seen$/ }).click();
  const alert = row(page, 'Alerts', 'Swift Playground');
  await alert.getByRole('button', { name: /Mark as seen/ }).click();
  await expect(alert.getByText('Robin Admin')).toBeVisible();
});

test('a request for a push certificate is made here and discarded', async ({ page, stage }) => {
  await enter(page, stage, '/settings');
  await press(page, 'Renew…');
  await page.getByLabel('Organization').fill('Brookfield Schools');
  const file = page.waitForEvent('download');
  await press(page, 'Make a request');
  expect((await file).suggestedFilename()).toBe('allotment-push-request.csr');
  await expect(page.getByLabel('It comes with a key of its own')).not.toBeChecked();
  await press(page, 'Discard request');
  await expect(page.getByLabel('Organization')).toBeVisible();
});
