import process from 'node:process';
import { ConfigError, deriveConfig } from './config/config.ts';
import { readEnv } from './config/env.ts';
import { startServer } from './server.ts';

const env = readEnv(process.env);
try {
  const config = deriveConfig(env, process.cwd());
  const server = await startServer(config, { secretKey: env.secretKey });
  const stop = () => {
    // A stuck close must not keep an operator waiting: the next start goes on from the database anyway.
    setTimeout(() => process.exit(1), 10_000).unref();
    void server.close();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
} catch (error) {
  process.stderr.write(
    `Allotment did not start. ${error instanceof Error ? error.message : String(error)}\n`,
  );
  if (!(error instanceof ConfigError) && error instanceof Error && error.stack !== undefined) {
    process.stderr.write(`${error.stack}\n`);
  }
  process.exitCode = 1;
}
