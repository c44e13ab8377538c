import { type Locator, type Page, expect } from '@playwright/test';
import type { Stage } from './stage.ts';

/** A table by its name. */
export function table(page: Page, name: string): Locator {
  return page.getByRole('table', { name, exact: true });
}

/** The row of a table that shows a text. */
export function row(page: Page, tableName: string, text: string): Locator {
  return table(page, tableName).getByRole('row').filter({ hasText: text });
}

/** Waits until a table has a row that shows all of these texts. */
export async function expectRowVisible(
  page: Page,
  tableName: string,
  ...texts: readonly string[]
): Promise<void> {
  const rows = texts.reduce(
    (found, text) => found.filter({ hasText: text }),
    table(page, tableName).getByRole('row'),
  );
  await expect(rows.first()).toBeVisible();
}

/** Waits for a short notice at the edge of the window. */
export async function expectNotice(page: Page, text: string): Promise<void> {
  await expect(page.getByText(text).first()).toBeVisible();
}

/** Goes to a screen by the navigation. */
export async function open(page: Page, screen: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: screen }).click();
}

export async function press(page: Page, name: string | RegExp): Promise<void> {
  await page
    .getByRole('button', { name, ...(typeof name === 'string' ? { exact: true } : {}) })
    .click();
}

/** Chooses an action behind the button with the three dots. */
export async function chooseAction(page: Page, name: RegExp): Promise<void> {
  await press(page, 'More actions');
  await page.getByRole('menuitem', { name }).click();
}

/** Hands a file to the field with this label, as if it were chosen. */
export async function chooseFile(
  page: Page,
  label: string,
  file: { readonly name: string; readonly text: string },
): Promise<void> {
  await page
    .getByLabel(label, { exact: true })
    .and(page.locator('input[type=file]'))
    .setInputFiles({ name: file.name, mimeType: 'text/plain', buffer: Buffer.from(file.text) });
}

export interface Administrator {
  readonly name: string;
  readonly signInName: string;
  readonly password: string;
}

export const administrator: Administrator = {
  name: 'Robin Admin',
  signInName: 'robin',
  password: 'correct horse battery staple',
};

/** Becomes the first administrator on the page of the first-start link. */
export async function signUp(page: Page): Promise<void> {
  await page.getByLabel('Your name').fill(administrator.name);
  await page.getByLabel('Sign-in name').fill(administrator.signInName);
  await page.getByLabel('Password').fill(administrator.password);
  await press(page, 'Create administrator');
}

/** Signs in on the page that asks for it. */
export async function signIn(
  page: Page,
  { signInName, password }: Omit<Administrator, 'name'> = administrator,
): Promise<void> {
  await page.getByLabel('Sign-in name').fill(signInName);
  await page.getByLabel('Password').fill(password);
  await press(page, 'Sign in');
}

/** Goes to a screen and signs in there. */
export async function enter(page: Page, stage: Stage, path = '/'): Promise<void> {
  await page.goto(`${stage.url}${path}`);
  await signIn(page);
  await expect(page.getByRole('banner')).toBeVisible();
}

/** Looks for an option of a field and chooses it. */
export async function chooseOption(
  page: Page,
  field: string,
  typed: string,
  option: RegExp,
): Promise<void> {
  const combobox = page.getByRole('combobox', { name: field });
  await combobox.click();
  await combobox.fill(typed);
  await page.getByRole('option', { name: option }).click();
}
