import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import fastify, { type FastifyInstance } from 'fastify';

import { Catalog } from './catalog/catalog.ts';
import { DeveloperKeys } from './catalog/developer-keys.ts';
import { registerLookup } from './catalog/lookup.ts';
import { registerMetadataApi } from './catalog/metadata-api.ts';
import { createStore, type Store } from './catalog/store.ts';
import { registerDeveloperKeyControls } from './control/developer-keys.ts';
import { registerControls } from './control/register.ts';
import { createCore } from './core/core.ts';
import type { Watch, World } from './core/world.ts';
import { Fleet, registerDeviceControls } from './devices/index.ts';
import { createLicenseAuthority } from './licenses/authority.ts';
import { registerInvitationPage } from './licenses/http/invitation.ts';
import { registerLicenseService } from './licenses/http/register.ts';
import { createLicenseService, type LicenseService } from './licenses/service.ts';
import { registerPushControls, startPushService } from './push/index.ts';

export type { Exchange, Watch } from './core/world.ts';

const BODY_LIMIT = 8 * 1024 * 1024;

export interface SimulatorOptions {
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default 0: any free port. */
  readonly port?: number | undefined;
  /** Port of the push service; default 0: any free port. */
  readonly pushPort?: number | undefined;
  /** Certificate and key (PEM) for https, for the push service too. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Certificate authorities (PEM) to trust for calls outward: notifications, device check-ins. */
  readonly trust?: string | undefined;
  /** Told of every message between devices and their management server, as it went over the wire. */
  readonly watch?: Watch | undefined;
  /** The same seed and the same requests give the same run; default 1. */
  readonly seed?: number | undefined;
  /** Simulated seconds a second; 0 skips every delay; default 1. */
  readonly speed?: number | undefined;
  /** Simulated time at the start; default: now. */
  readonly start?: Date | undefined;
  /** Real ms added to every page of the license service; default 0. */
  readonly latencyMs?: number | undefined;
}

/** A running simulator. */
export interface AppleSimulator extends AsyncDisposable {
  /** Where the license service, the catalog and the controls are, without a slash at the end. */
  readonly url: string;
  /** Where the push service is (https, HTTP/2). */
  readonly pushUrl: string;
  /** Certificate authority (PEM) to trust for `pushUrl`, unless a certificate was given. */
  readonly pushCa: string;
  close(): Promise<void>;
}

/** Starts Apple in a box. @throws what the operating system says about the addresses */
export async function startAppleSimulator(options: SimulatorOptions = {}): Promise<AppleSimulator> {
  await using starting = new AsyncDisposableStack();
  const core = createCore(options);
  starting.defer(() => core.clock.close());
  const host = options.host ?? '127.0.0.1';
  const service = createLicenseService(core, new Catalog(), options.latencyMs);
  starting.defer(() => service.notifier.close());
  const push = starting.use(
    await startPushService(core, {
      host,
      port: options.pushPort,
      tls: options.tls && { certificate: options.tls.cert, key: options.tls.key },
    }),
  );
  const world: World = {
    ...core,
    licenses: createLicenseAuthority(service),
    catalog: service.catalog,
  };
  const fleet = starting.use(new Fleet(world, push.tokens));
  const app = createApp(options.tls);
  starting.defer(() => app.close());
  registerLicenseService(app, service);
  registerInvitationPage(app, service, world.licenses);
  const store = createStoreFor(service);
  const developerKeys = new DeveloperKeys(core.clock);
  registerLookup(app, store);
  registerMetadataApi(app, store, developerKeys);
  registerControls(app, core, service, world.licenses, (controls) => {
    registerDeveloperKeyControls(controls, developerKeys);
    registerPushControls(controls, push);
    registerDeviceControls(controls, fleet);
  });
  await app.listen({ host, port: options.port ?? 0 });
  const { port } = app.server.address() as AddressInfo;
  const running = starting.move();
  const close = (): Promise<void> => running.disposeAsync();
  return {
    url: `${options.tls ? 'https' : 'http'}://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`,
    pushUrl: push.url,
    pushCa: push.ca,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function createApp(tls: SimulatorOptions['tls']): FastifyInstance {
  return fastify({
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    // A member nobody knows is a mistake to be told, and a text is no number.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
    serverFactory: (handler) =>
      tls ? createTlsServer({ ...tls }, handler) : createServer(handler),
  });
}

function createStoreFor({ core, catalog, tokens }: LicenseService): Store {
  return createStore(core, catalog, (contentToken) => {
    const token = tokens.find(contentToken);
    if (token === undefined || token.state !== 'valid' || token.expiresAt <= core.clock.now()) {
      return undefined;
    }
    const { uId, assets } = token.location;
    return {
      uId,
      owns: (adamId) => ['STDQ', 'PLUS'].some((pricing) => assets.has(`${adamId}:${pricing}`)),
    };
  });
}
