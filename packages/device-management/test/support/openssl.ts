import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether the openssl command is there to check our work independently. */
export const opensslPresent = spawnSync('openssl', ['version']).status === 0;
if (!opensslPresent)
  process.stdout.write('openssl is absent: the tests that use it are left out\n');

/** Runs openssl in a folder holding the given files. */
export function openssl(args: readonly string[], files: Record<string, string | Buffer>): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'device-management-'));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    return execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
