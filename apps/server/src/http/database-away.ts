/** What the system says of a socket that leads nowhere, and the driver of a connection that broke or never came. */
const systemCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT']);
const driverMessages =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** Whether an error of the database driver says that PostgreSQL cannot be reached now. */
export function isDatabaseAway(error: Error): boolean {
  // PostgreSQL calls fatal what ends a connection: a shutdown, a start not yet done, too many connections.
  if ('severity' in error) return error.severity === 'FATAL';
  if (driverMessages.test(error.message)) return true;
  const code = 'code' in error ? error.code : undefined;
  const calls = 'syscall' in error && error.syscall !== 'open';
  return calls && typeof code === 'string' && systemCodes.has(code);
}
