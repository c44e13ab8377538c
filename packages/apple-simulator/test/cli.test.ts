import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

const CLI = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const run = promisify(execFile);

describe('npm run simulator', () => {
  it('explains itself', async () => {
    const { stdout } = await run(process.execPath, [CLI, '--help']);
    for (const option of ['--port', '--speed', '--seed', '--tls-cert', '--push-port']) {
      expect(stdout).toContain(option);
    }
  });

  it('says which option is wrong', async () => {
    await expect(run(process.execPath, [CLI, '--speed', 'fast'])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--speed: "fast" is not a number'),
    });
  });

  it('starts, prints where everything is, and stops when told to', async () => {
    const child = spawn(process.execPath, [CLI, '--port', '0', '--speed', '60']);
    let text = '';
    for await (const part of child.stdout) {
      text += String(part);
      if (text.includes('example.vpptoken')) break;
    }
    const url = /^Controls\s+(\S+)\/_control\/docs$/mu.exec(text)?.[1] ?? '';
    expect(await (await fetch(`${url}/_control/clock`)).json()).toMatchObject({ speed: 60 });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
