export { oldestMajor } from './binaries.ts';
export { LocalPostgresError } from './error.ts';
export {
  type LocalPostgres,
  type LocalPostgresOptions,
  startLocalPostgres,
} from './local-postgres.ts';
