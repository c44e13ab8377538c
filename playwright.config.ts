import { existsSync } from 'node:fs';
import { defineConfig, devices } from '@playwright/test';

/** Debian's browser unless CHROMIUM_PATH names another one. */
const chromium = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
if (!existsSync(chromium)) {
  throw new Error(
    `There is no browser at ${chromium}. Install Chromium (Debian: apt-get install chromium), or set CHROMIUM_PATH to where yours is.`,
  );
}

export default defineConfig({
  testDir: 'e2e',
  globalSetup: './e2e/support/global-setup.ts',
  // One server for the run: the first day sets up what every later day works with.
  projects: [
    { name: 'first day', testMatch: 'first-day.e2e.ts' },
    { name: 'licenses', testMatch: 'licenses.e2e.ts', dependencies: ['first day'] },
    { name: 'every day', testMatch: 'every-day.e2e.ts', dependencies: ['licenses'] },
  ],
  outputDir: 'test-results',
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  use: {
    ...devices['Desktop Chrome'],
    viewport: { width: 1280, height: 800 },
    ignoreHTTPSErrors: true,
    // Drawers and dialogs stand at once.
    contextOptions: { reducedMotion: 'reduce' },
    trace: { mode: 'retain-on-failure', screenshots: false },
    launchOptions: {
      executablePath: chromium,
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    },
  },
});
