import { createSecureContext } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { type Config, ConfigError } from '../config/config.ts';
import { readSettingFile } from '../config/read-file.ts';

const unusable: Readonly<Record<string, (config: Config) => string>> = {
  EADDRINUSE: ({ host, port }) =>
    `Port ${port} on ${host} is in use by another program, or by Allotment started before: end that one, or set ALLOTMENT_PORT to a free port.`,
  EACCES: ({ port }) =>
    `This user may not listen on port ${port}: set ALLOTMENT_PORT to one above 1023, with a proxy before it.`,
  EADDRNOTAVAIL: ({ host }) =>
    `ALLOTMENT_HOST is ${host}, which is no address of this machine: set it to one, or to 0.0.0.0 for all.`,
  ENOTFOUND: ({ host }) =>
    `ALLOTMENT_HOST is ${host}, a name that cannot be found: set it to an address of this machine, or to 0.0.0.0 for all.`,
};

/** Listens at the configured address. @throws ConfigError naming the setting where that cannot be done */
export async function listen(app: FastifyInstance, config: Config): Promise<void> {
  try {
    await app.listen({ host: config.host, port: config.port });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const told = unusable[code];
    throw told === undefined ? cause : new ConfigError(told(config), { cause });
  }
}

/** Certificate and key, in PEM. @throws ConfigError naming the setting that is wrong */
export async function readTlsFiles({
  certFile,
  keyFile,
}: NonNullable<Config['tls']>): Promise<{ readonly cert: string; readonly key: string }> {
  const cert = await readSettingFile('ALLOTMENT_TLS_CERT_FILE', certFile);
  const key = await readSettingFile('ALLOTMENT_TLS_KEY_FILE', keyFile);
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(
      `ALLOTMENT_TLS_CERT_FILE (${certFile}) and ALLOTMENT_TLS_KEY_FILE (${keyFile}) are no certificate and its private key, both in PEM: ${reason}.`,
      { cause },
    );
  }
  return { cert, key };
}
