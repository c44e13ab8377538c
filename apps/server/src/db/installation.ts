import { randomBytes, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { ConfigError } from '../config/config.ts';
import { SealError, type SecretBox } from '../config/secret-box.ts';

const checkText = 'allotment';
const checkPlace = 'db.installation.secret_check';
const peopleKeyPlace = 'db.installation.people_key';

/** What an installation is known by. */
export interface Installation {
  /** Apple sees it as `mdmInfo.id`. */
  readonly id: string;
  /** 32 bytes: makes Apple's names of our people. */
  readonly peopleKey: Buffer;
}

/** Whether the database has never been used: then, and only then, a secret key may be made. */
export async function isEmptyInstallation(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ there: boolean }>(
    'select exists (select from db.installation) as there',
  );
  return rows[0]?.there !== true;
}

/**
 * Names this installation at its first start, and proves at every later one that the secret key is the database's.
 *
 * @throws ConfigError when the key is another one (Law 10)
 */
export async function openInstallation(
  pool: pg.Pool,
  secrets: SecretBox,
  now: Date,
): Promise<Installation> {
  await pool.query(
    'insert into db.installation (id, secret_check, people_key, created_at) values ($1, $2, $3, $4) on conflict do nothing',
    [
      randomUUID(),
      secrets.seal(checkText, checkPlace),
      secrets.seal(randomBytes(32), peopleKeyPlace),
      now,
    ],
  );
  const { rows } = await pool.query<{ id: string; secret_check: Buffer; people_key: Buffer }>(
    'select id, secret_check, people_key from db.installation',
  );
  const row = rows[0];
  if (row === undefined)
    throw new Error('The installation row is missing although it was just written.');
  try {
    secrets.open(row.secret_check, checkPlace);
  } catch (cause) {
    if (!(cause instanceof SealError)) throw cause;
    throw new ConfigError(
      'The secret key is not the one this database was sealed with. Set ALLOTMENT_SECRET_KEY or ALLOTMENT_SECRET_KEY_FILE to that key; nothing was changed.',
      { cause },
    );
  }
  return {
    id: row.id,
    peopleKey: secrets.open(row.people_key, peopleKeyPlace),
  };
}
