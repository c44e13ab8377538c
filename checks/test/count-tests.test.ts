import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { root } from '../tree.ts';

async function count(
  ...reports: readonly string[]
): Promise<{ line: string; code: number | null }> {
  const folder = await mkdtemp(join(tmpdir(), 'allotment-count-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const files = reports.map((_, index) => join(folder, `${index}.json`));
  await Promise.all(files.map((file, index) => writeFile(file, reports[index] ?? '')));
  const { stdout, status } = spawnSync(
    process.execPath,
    [join(root, 'checks/count-tests.ts'), ...files],
    { encoding: 'utf8' },
  );
  return { line: stdout, code: status };
}

const unit = '{"numPassedTests":7,"numFailedTests":0,"success":true}';
const browser = '{"stats":{"expected":2,"unexpected":0,"flaky":0},"errors":[]}';

describe('the count over all tests', () => {
  it('adds the reports of vitest and Playwright', async () => {
    expect(await count(unit, browser)).toEqual({ line: 'total: 9 passed, 0 failed\n', code: 0 });
  });

  it.each([
    ['a failed test', '{"numPassedTests":1,"numFailedTests":2,"success":false}', '8 passed, 2'],
    [
      'a file that did not load',
      '{"numPassedTests":1,"numFailedTests":0,"success":false}',
      '8 passed, 1',
    ],
    [
      'a browser test that failed',
      '{"stats":{"expected":1,"unexpected":1,"flaky":1}}',
      '8 passed, 2',
    ],
    ['a browser that did not start', '{"stats":{"expected":1},"errors":[{}]}', '8 passed, 1'],
    [
      'a run without tests',
      '{"numPassedTests":0,"numFailedTests":0,"success":true}',
      '7 passed, 1',
    ],
    ['a report that is none', '{}', '7 passed, 1'],
    ['a report cut short', '{"numPassed', '7 passed, 1'],
  ])('fails for %s', async (_what, report, total) => {
    expect(await count(unit, report)).toEqual({ line: `total: ${total} failed\n`, code: 1 });
  });

  it('fails without any report', async () => {
    expect(await count()).toEqual({ line: 'total: 0 passed, 0 failed\n', code: 1 });
  });
});
