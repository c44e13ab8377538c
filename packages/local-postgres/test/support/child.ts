import { text } from 'node:stream/consumers';
import { Client } from 'pg';
import { startLocalPostgres } from '../../src/index.ts';

/** Starts or joins the server of a folder, commits a row, says so; leaves in order when its input ends. */
const [dataDir, value, fsync] = process.argv.slice(2);
if (dataDir === undefined || value === undefined || fsync === undefined) {
  throw new Error('usage: child.ts DATA_DIR VALUE FSYNC');
}
try {
  const postgres = await startLocalPostgres({ dataDir, settings: { fsync } });
  const client = new Client(postgres.connection);
  client.on('error', () => undefined);
  await client.connect();
  await client.query('select pg_advisory_lock(1)');
  await client.query('create table if not exists kept (value text)');
  await client.query('select pg_advisory_unlock(1)');
  await client.query('insert into kept values ($1)', [value]);
  process.stdout.write(`${JSON.stringify({ adopted: postgres.adopted })}\n`);
  await text(process.stdin);
  await client.end();
  await postgres.stop();
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: String(error) })}\n`);
}
