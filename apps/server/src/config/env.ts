/** The environment as it is: strings or nothing. Names and meaning: docs/configuration.md. */
export interface RawEnv {
  readonly port: string | undefined;
  readonly host: string | undefined;
  readonly dataDir: string | undefined;
  readonly databaseUrl: string | undefined;
  readonly publicUrl: string | undefined;
  readonly tlsCertFile: string | undefined;
  readonly tlsKeyFile: string | undefined;
  readonly trustedProxies: string | undefined;
  readonly secretKey: string | undefined;
  readonly secretKeyFile: string | undefined;
  readonly appleUrl: string | undefined;
  readonly catalogUrl: string | undefined;
  readonly apnsUrl: string | undefined;
  readonly appleCaFile: string | undefined;
  readonly httpsProxy: string | undefined;
  readonly roles: string | undefined;
  readonly logLevel: string | undefined;
}

/** Reads the variables of this program and nothing else; empty counts as not set. */
export function readEnv(env: NodeJS.ProcessEnv): RawEnv {
  const read = (name: string): string | undefined => {
    const value = env[name]?.trim();
    return value === '' ? undefined : value;
  };
  return {
    port: read('ALLOTMENT_PORT'),
    host: read('ALLOTMENT_HOST'),
    dataDir: read('ALLOTMENT_DATA_DIR'),
    databaseUrl: read('DATABASE_URL'),
    publicUrl: read('ALLOTMENT_PUBLIC_URL'),
    tlsCertFile: read('ALLOTMENT_TLS_CERT_FILE'),
    tlsKeyFile: read('ALLOTMENT_TLS_KEY_FILE'),
    trustedProxies: read('ALLOTMENT_TRUSTED_PROXIES'),
    secretKey: read('ALLOTMENT_SECRET_KEY'),
    secretKeyFile: read('ALLOTMENT_SECRET_KEY_FILE'),
    appleUrl: read('ALLOTMENT_APPLE_URL'),
    catalogUrl: read('ALLOTMENT_CATALOG_URL'),
    apnsUrl: read('ALLOTMENT_APNS_URL'),
    appleCaFile: read('ALLOTMENT_APPLE_CA_FILE'),
    httpsProxy: read('HTTPS_PROXY'),
    roles: read('ALLOTMENT_ROLES'),
    logLevel: read('ALLOTMENT_LOG_LEVEL'),
  };
}
