import type { Core } from '../core/world.ts';
import { ApnsServer } from './apns-server.ts';
import { PushAuthority, type CertificateWithKey } from './push-certificates.ts';
import { PushTokens } from './push-tokens.ts';

export { registerPushControls } from './controls.ts';
export type { CertificateWithKey } from './push-certificates.ts';
export type { PushReceiver, PushTokens } from './push-tokens.ts';

export interface PushServiceOptions {
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default 0: any free port. */
  readonly port?: number | undefined;
  /** Default: a certificate made for the run, signed by `ca`. */
  readonly tls?: CertificateWithKey | undefined;
}

/** The push stand-in with the devices' tokens and the authority for push certificates. */
export interface PushService extends AsyncDisposable {
  /** `https://…`, without a slash at the end. */
  readonly url: string;
  /** PEM of the authority to trust for `url` when no certificate was given. */
  readonly ca: string;
  readonly tokens: PushTokens;
  /**
   * A push certificate that the service accepts.
   * @param topic default: a new `com.apple.mgmt.External.…`
   * @param expiresInDays default 365; negative: already expired
   */
  issueCertificate(
    topic?: string,
    expiresInDays?: number,
  ): Promise<CertificateWithKey & { readonly topic: string }>;
  close(): Promise<void>;
}

/** Starts the push stand-in. @throws what the operating system says about the address */
export async function startPushService(
  core: Core,
  options: PushServiceOptions = {},
): Promise<PushService> {
  const host = options.host ?? '127.0.0.1';
  const random = core.random.fork('push');
  const authority = await PushAuthority.create(random, core.clock.wallNow());
  const tokens = new PushTokens(core);
  const hosts = [...new Set(['localhost', '127.0.0.1', host])];
  const server = await ApnsServer.start(core, tokens, {
    host,
    port: options.port ?? 0,
    tls: options.tls ?? (await authority.issueServer(hosts, core.clock.wallNow())),
    clientAuthority: authority.certificate,
  });
  const close = (): Promise<void> => server.close();
  return {
    url: `https://${host === '0.0.0.0' ? '127.0.0.1' : host}:${server.port}`,
    ca: authority.certificate,
    tokens,
    async issueCertificate(
      topic = `com.apple.mgmt.External.${random.uuid()}`,
      expiresInDays = 365,
    ) {
      const now = core.clock.wallNow();
      return { ...(await authority.issueClient(topic, expiresInDays, now)), topic };
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
