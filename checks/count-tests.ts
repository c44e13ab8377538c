import { readFile } from 'node:fs/promises';

interface Count {
  readonly passed: number;
  readonly failed: number;
}

/**
 * The tests of a JSON report of vitest or Playwright. A report that is missing, broken or empty counts as a failed
 * test, and so does whatever failed outside of any test, such as a file that could not be loaded.
 */
async function countReport(file: string): Promise<Count> {
  try {
    const report: unknown = JSON.parse(await readFile(file, 'utf8'));
    const passed = numberAt(report, 'numPassedTests') ?? numberAt(report, 'stats', 'expected');
    if (passed === undefined) throw new Error(`${file} is not a test report.`);
    const failed =
      (numberAt(report, 'numFailedTests') ?? 0) +
      (numberAt(report, 'stats', 'unexpected') ?? 0) +
      (numberAt(report, 'stats', 'flaky') ?? 0);
    const unsound = failed === 0 && (passed === 0 || failedOutside(report));
    return { passed, failed: unsound ? 1 : failed };
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
    return { passed: 0, failed: 1 };
  }
}

/** Vitest says so by `success`, Playwright by a list of errors. */
function failedOutside(report: unknown): boolean {
  const { success, errors } = report as { success?: unknown; errors?: unknown };
  return success === false || (Array.isArray(errors) && errors.length > 0);
}

function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return typeof value === 'number' ? value : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  return numberAt(Object.entries(value).find(([name]) => name === key)?.[1], ...rest);
}

const counts = await Promise.all(process.argv.slice(2).map(countReport));
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
const failed = counts.reduce((sum, count) => sum + count.failed, 0);
process.stdout.write(`total: ${passed} passed, ${failed} failed\n`);
if (failed > 0 || passed === 0) process.exitCode = 1;
