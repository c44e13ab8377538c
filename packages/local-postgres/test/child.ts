import { setInterval } from 'node:timers';
import { Client } from 'pg';
import { startLocalPostgres } from '../src/index.ts';

/** Starts or joins the server of a folder, commits a row, says so, and stays until it is killed. */
const [dataDir, value] = process.argv.slice(2);
if (dataDir === undefined || value === undefined) throw new Error('usage: child.ts DATA_DIR VALUE');
const postgres = await startLocalPostgres({ dataDir });
const client = new Client(postgres.connection);
client.on('error', () => undefined);
await client.connect();
await client.query('create table if not exists kept (value text)');
await client.query('insert into kept values ($1)', [value]);
process.stdout.write(
  `${JSON.stringify({ committed: value, adopted: postgres.adopted, uid: process.getuid?.() })}\n`,
);
setInterval(() => undefined, 60_000);
