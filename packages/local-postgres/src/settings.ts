import { totalmem } from 'node:os';

const mebibyte = 2 ** 20;

/**
 * PostgreSQL's own cache in MiB: a sixteenth of the machine's memory, from 256 to 1,024. What a decision about a hundred
 * thousand devices touches fits into a gibibyte, and is read from the system again and again with less.
 *
 * @param memoryBytes of the machine
 */
export function cacheMiB(memoryBytes: number): number {
  return Math.min(1_024, Math.max(256, Math.floor(memoryBytes / 16 / mebibyte)));
}

/**
 * What suits 2 cores and 4 GiB shared with the server, or more: memory is taken as it is used, so an idle cluster stays
 * small.
 * Durable: fsync, full_page_writes and synchronous_commit keep PostgreSQL's defaults.
 */
const defaults: Readonly<Record<string, string>> = {
  shared_buffers: `${cacheMiB(totalmem())}MB`,
  effective_cache_size: '1536MB',
  work_mem: '16MB',
  maintenance_work_mem: '128MB',
  max_connections: '100',
  max_wal_size: '2GB',
  min_wal_size: '160MB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  autovacuum_max_workers: '2',
  max_parallel_workers_per_gather: '1',
  jit: 'off',
  log_checkpoints: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
};

/**
 * The arguments that start PostgreSQL on `cluster`, reachable through `socketFolder` and nothing else.
 * @param settings PostgreSQL's own names and values; they override the defaults
 */
export function serverArguments(
  cluster: string,
  socketFolder: string,
  port: number,
  settings: Readonly<Record<string, string>>,
): string[] {
  const all: Record<string, string> = {
    ...defaults,
    ...settings,
    port: String(port),
    listen_addresses: '',
    unix_socket_directories: `"${socketFolder.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
  };
  return [
    '-D',
    cluster,
    ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}
