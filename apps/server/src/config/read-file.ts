import { readFile } from 'node:fs/promises';
import { ConfigError } from './config.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder',
};

/**
 * The text of a file that a setting names.
 *
 * @throws ConfigError naming the setting, the file and what is wrong with it
 */
export async function readSettingFile(setting: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const code = 'code' in cause ? String(cause.code) : '';
    throw new ConfigError(
      `${setting} names ${file}, which cannot be read: ${reasons[code] ?? cause.message}. Put the file there, or correct the setting.`,
      { cause },
    );
  }
}
