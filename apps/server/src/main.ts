import process from 'node:process';
import { ConfigError, deriveConfig } from './config/config.ts';
import { readEnv } from './config/env.ts';
import { createSignInLink } from './identity/index.ts';
import { startServer } from './server.ts';

/** A stuck close must not keep an operator waiting: the next start goes on from the database anyway. */
const lastResortMs = 10_000;

try {
  const env = readEnv(process.env);
  const server = await startServer(deriveConfig(env, process.cwd()), { secretKey: env.secretKey });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      setTimeout(() => process.exit(1), lastResortMs).unref();
      void server.close();
    });
  }
  giveMemoryBack();
  if (server.url !== undefined) {
    process.stdout.write(`Allotment is ready at ${server.context.config.publicUrl.origin}\n`);
    const link = await createSignInLink(server.context);
    if (link !== undefined)
      process.stdout.write(`First sign-in, good once and for an hour: ${link}\n`);
  }
} catch (error) {
  const known =
    error instanceof ConfigError || (error instanceof Error && error.name === 'LocalPostgresError');
  const text =
    error instanceof Error
      ? known
        ? error.message
        : (error.stack ?? error.message)
      : String(error);
  process.stderr.write(`Allotment did not start. ${text}\n`);
  process.exitCode = 1;
}

/**
 * What only the start needed goes back to the system now: an idle server allocates too little for V8 to look for
 * it by itself. Without `--expose-gc`, as under a debugger, nothing happens.
 */
function giveMemoryBack(): void {
  globalThis.gc?.({ type: 'major', flavor: 'last-resort' });
}
