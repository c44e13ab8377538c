import { resolve } from 'node:path';
import { compile } from '@fastify/proxy-addr';
import type { RawEnv } from './env.ts';

export type Role = 'http' | 'worker';
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** What the operator decided, checked. Secrets are apart, in `secrets.ts`. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Folder for the local database and the secret key. */
  readonly dataDir: string;
  readonly database: { readonly kind: 'url'; readonly url: string } | { readonly kind: 'local' };
  /** Where people, devices and Apple reach this server; without a trailing slash. */
  readonly publicUrl: URL;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly trustedProxies: readonly string[];
  readonly secretKeyFile: string | undefined;
  readonly apple: {
    readonly url: URL;
    readonly catalogUrl: URL;
    readonly apnsUrl: URL;
    readonly caFile: string | undefined;
    readonly proxy: URL | undefined;
    /** How long an answer of Apple's is waited for, in milliseconds. */
    readonly timeoutMs: number;
    /** How long a person is let wait for Apple, all tries together, in milliseconds. */
    readonly patienceMs: number;
  };
  readonly roles: ReadonlySet<Role>;
  readonly logLevel: LogLevel;
  /** How long workers sleep at most before they look again, in milliseconds. */
  readonly pollMs: number;
}

/** A configuration mistake, in a sentence that names the variable and the remedy. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Derives the configuration from the environment. @throws ConfigError */
export function deriveConfig(raw: RawEnv, cwd: string): Config {
  const port = readPort(raw.port ?? '8080');
  const host = raw.host ?? '127.0.0.1';
  const tls = readTls(raw);
  const scheme = tls === undefined ? 'http' : 'https';
  return {
    host,
    port,
    dataDir: resolve(cwd, raw.dataDir ?? 'data'),
    database:
      raw.databaseUrl === undefined ? { kind: 'local' } : { kind: 'url', url: raw.databaseUrl },
    publicUrl: readUrl(
      'ALLOTMENT_PUBLIC_URL',
      raw.publicUrl ?? `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ),
    tls,
    trustedProxies: readProxies(raw.trustedProxies),
    secretKeyFile: raw.secretKeyFile,
    apple: {
      url: readUrl('ALLOTMENT_APPLE_URL', raw.appleUrl ?? 'https://vpp.itunes.apple.com'),
      catalogUrl: readUrl(
        'ALLOTMENT_CATALOG_URL',
        raw.catalogUrl ?? 'https://uclient-api.itunes.apple.com',
      ),
      apnsUrl: readUrl('ALLOTMENT_APNS_URL', raw.apnsUrl ?? 'https://api.push.apple.com'),
      caFile: raw.appleCaFile,
      proxy: raw.httpsProxy === undefined ? undefined : readUrl('HTTPS_PROXY', raw.httpsProxy),
      timeoutMs: 30_000,
      patienceMs: 20_000,
    },
    roles: readRoles(raw.roles),
    logLevel: readLogLevel(raw.logLevel ?? 'info'),
    pollMs: 1_000,
  };
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new ConfigError(`ALLOTMENT_PORT is "${text}": it must be a number from 0 to 65535.`);
  }
  return port;
}

function readUrl(name: string, text: string): URL {
  if (!URL.canParse(text))
    throw new ConfigError(
      `${name} is "${text}": it must be a whole address such as https://allotment.example.org.`,
    );
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new ConfigError(`${name} is "${text}": it must begin with https:// or http://.`);
  }
  return url;
}

function readTls(raw: RawEnv): Config['tls'] {
  if (raw.tlsCertFile === undefined && raw.tlsKeyFile === undefined) return undefined;
  if (raw.tlsCertFile === undefined || raw.tlsKeyFile === undefined) {
    throw new ConfigError(
      'ALLOTMENT_TLS_CERT_FILE and ALLOTMENT_TLS_KEY_FILE go together: set both or neither.',
    );
  }
  return { certFile: raw.tlsCertFile, keyFile: raw.tlsKeyFile };
}

function readList(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function readProxies(text: string | undefined): readonly string[] {
  const proxies = readList(text);
  for (const proxy of proxies) {
    try {
      compile(proxy);
    } catch (cause) {
      throw new ConfigError(
        `ALLOTMENT_TRUSTED_PROXIES names "${proxy}": write addresses or networks such as 192.0.2.7 or 10.0.0.0/8.`,
        { cause },
      );
    }
  }
  return proxies;
}

function readRoles(text: string | undefined): ReadonlySet<Role> {
  const names = text === undefined ? ['http', 'worker'] : readList(text);
  const roles = new Set<Role>();
  for (const name of names) {
    if (name !== 'http' && name !== 'worker') {
      throw new ConfigError(`ALLOTMENT_ROLES names "${name}": the roles are http and worker.`);
    }
    roles.add(name);
  }
  if (roles.size === 0)
    throw new ConfigError('ALLOTMENT_ROLES is empty: name http, worker, or both.');
  return roles;
}

const logLevels: readonly LogLevel[] = [
  'fatal',
  'error',
  'warn',
  'info',
  'debug',
  'trace',
  'silent',
];

function readLogLevel(text: string): LogLevel {
  const level = logLevels.find((name) => name === text);
  if (level === undefined)
    throw new ConfigError(
      `ALLOTMENT_LOG_LEVEL is "${text}": it must be one of ${logLevels.join(', ')}.`,
    );
  return level;
}
