/** Connection errors of the system and of PostgreSQL's own shutdown: the statement did not get an answer. */
const codes = new Set(
  'ECONNREFUSED ECONNRESET EPIPE ENOENT ETIMEDOUT EHOSTUNREACH 57P01 57P02 57P03 53300 08000 08001 08003 08006'.split(
    ' ',
  ),
);
const messages =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** Whether an error of the database driver says that PostgreSQL cannot be reached now. */
export function isDatabaseAway(error: Error): boolean {
  const code = 'code' in error ? error.code : undefined;
  const isCall = 'syscall' in error || 'severity' in error || messages.test(error.message);
  return messages.test(error.message) || (isCall && typeof code === 'string' && codes.has(code));
}
