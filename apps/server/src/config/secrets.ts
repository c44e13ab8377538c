import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, ConfigError } from './config.ts';

const keyFileName = 'secret.key';

/**
 * The secret key (32 bytes): from ALLOTMENT_SECRET_KEY, from the named file, or from DATA_DIR/secret.key.
 * One is made, with mode 0600, only for an empty database (Law 10).
 *
 * @throws ConfigError in a sentence when there is none for a database that already has data, or when it is malformed
 */
export async function loadSecretKey(
  config: Config,
  fromEnv: string | undefined,
  databaseIsEmpty: boolean,
): Promise<Buffer> {
  if (fromEnv !== undefined) return decode('ALLOTMENT_SECRET_KEY', fromEnv);
  const file = config.secretKeyFile ?? join(config.dataDir, keyFileName);
  const text = await readIfThere(file);
  if (text !== undefined) return decode(file, text.trim());
  if (!databaseIsEmpty) {
    throw new ConfigError(
      `There is no secret key at ${file}, but the database was sealed with one. Put that key back (ALLOTMENT_SECRET_KEY or ALLOTMENT_SECRET_KEY_FILE); a new one cannot open what is stored.`,
    );
  }
  const key = randomBytes(32);
  await mkdir(config.dataDir, { recursive: true });
  await writeFile(file, `${key.toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  return key;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new ConfigError(`The secret key at ${file} cannot be read: check who owns the file.`, {
      cause: error,
    });
  }
}

function decode(where: string, text: string): Buffer {
  const key = Buffer.from(text, 'base64');
  if (key.length !== 32)
    throw new ConfigError(
      `${where} must hold 32 bytes in base64 (make one with: openssl rand -base64 32).`,
    );
  return key;
}
