import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type, type Static, type TSchema } from 'typebox';

import type { Device } from './device.ts';
import type { Fleet } from './fleet.ts';
import { TraitChanges } from './traits.ts';

const Strict = { additionalProperties: false } as const;
const Nothing = Type.Union([Type.Object({}, Strict), Type.Null()]);
const App = Type.Object({ bundleId: Type.String({ minLength: 1 }) }, Strict);
const Book = Type.Union([
  Type.Object({ adamId: Type.String({ minLength: 1 }) }, Strict),
  Type.Object({ persistentId: Type.String({ minLength: 1 }) }, Strict),
]);
const CheckOut = Type.Union([
  Type.Object(
    { lost: Type.Optional(Type.Boolean({ description: 'The server never hears of it.' })) },
    Strict,
  ),
  Type.Null(),
]);
const CheckIn = Type.Union([
  Type.Object(
    {
      certificateOf: Type.Optional(
        Type.String({ description: 'Serial number of the device whose certificate is used.' }),
      ),
      channel: Type.Optional(
        Type.Enum(['device', 'user'], { description: 'Whose: of the device or of its person.' }),
      ),
      udid: Type.Optional(Type.String({ description: 'A UDID that is not its own.' })),
    },
    Strict,
  ),
  Type.Null(),
]);

/** What can be done to one device, each as `POST /_control/devices/:serialNumber/<name>`. */
export function registerDeviceActions(app: FastifyInstance, fleet: Fleet): void {
  app.withTypeProvider<TypeBoxTypeProvider>().get('/_control/devices/:serialNumber', {
    schema: {
      tags: ['devices'],
      summary: 'One device',
      params: Type.Object({ serialNumber: Type.String() }),
    },
    handler: (request) => fleet.report(fleet.device(request.params.serialNumber)),
  });
  const define = <Body extends TSchema>(
    name: string,
    summary: string,
    body: Body,
    run: (device: Device, body: Static<Body>) => void | Promise<void>,
  ): void => {
    app.post<{ Params: { serialNumber: string }; Body: Static<Body> }>(
      `/_control/devices/:serialNumber/${name}`,
      { schema: { tags: ['devices'], summary, body } },
      async (request) => {
        const device = fleet.device(request.params.serialNumber);
        await run(device, request.body as Static<Body>);
        return fleet.report(device);
      },
    );
  };
  const change = (changes: TraitChanges) => (device: Device) => fleet.change(device, changes);
  define('traits', 'Change traits', TraitChanges, (device, changes) =>
    fleet.change(device, changes),
  );
  define('lock', 'Lock the screen', Nothing, change({ locked: true }));
  define('unlock', 'Unlock the screen', Nothing, change({ locked: false }));
  define('online', 'Connect to the network', Nothing, change({ online: true }));
  define('offline', 'Lose the network', Nothing, change({ online: false }));
  define('wipe', 'Erase; the server hears nothing of it', Nothing, (device) => fleet.wipe(device));
  define('check-out', 'The person removes the profile', CheckOut, (device, body) =>
    fleet.checkOut(device, body?.lost ?? false),
  );
  define('check-in', 'Turn to the server now', CheckIn, (device, body) =>
    fleet.checkIn(device, body ?? {}),
  );
  define('new-token', 'Get a new push token and tell the server', Nothing, (device) =>
    fleet.renewToken(device),
  );
  define('remove-app', 'The person deletes an app', App, (device, { bundleId }) =>
    fleet.removeApp(device, bundleId),
  );
  define('open-app', 'The person opens an app; 409 when it no longer works', App, (device, app) =>
    fleet.openApp(device, app.bundleId),
  );
  define('remove-book', 'The person deletes a book', Book, (device, name) =>
    fleet.removeBook(device, name),
  );
  define('install-app', 'The person installs an app from the store', App, (device, { bundleId }) =>
    fleet.installApp(device, bundleId),
  );
}
