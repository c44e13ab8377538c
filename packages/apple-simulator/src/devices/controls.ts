import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyError, FastifyInstance } from 'fastify';
import { Type } from 'typebox';

import { fleetSummary } from './device-report.ts';
import type { Device } from './device.ts';
import { registerDeviceActions } from './device-actions.ts';
import { EnrollmentError } from './enrollment/enroller.ts';
import { FleetError, type Fleet } from './fleet.ts';
import { DeviceRequest, Family } from './traits.ts';

const tags = ['devices'];
const Strict = { additionalProperties: false } as const;
const ProfileUrl = Type.String({
  pattern: '^https://',
  description: 'Where the enrollment profile is.',
});

/** Everything below `/_control/devices`. */
export function registerDeviceControls(app: FastifyInstance, fleet: Fleet): void {
  app.register(async (controls) => {
    controls.setErrorHandler((error: FastifyError, _request, reply) =>
      reply.code(statusOf(error)).send({ message: error.message }),
    );
    registerFleet(controls, fleet);
    registerEnrollment(controls, fleet);
    registerDeviceActions(controls, fleet);
  });
}

function registerFleet(root: FastifyInstance, fleet: Fleet): void {
  const app = root.withTypeProvider<TypeBoxTypeProvider>();
  const report = (device: Device): object => fleet.report(device);
  app.post('/_control/devices', {
    schema: {
      tags,
      summary: 'Make devices; what is not said has a default',
      body: Type.Object({ devices: Type.Array(DeviceRequest, { minItems: 1 }) }, Strict),
    },
    handler: (request, reply) =>
      reply.code(201).send({ devices: fleet.create(request.body.devices).map(report) }),
  });
  app.get('/_control/devices', {
    schema: {
      tags,
      summary: 'Devices with their state, apps and prompts',
      querystring: Type.Object(
        {
          family: Type.Optional(Family),
          enrolled: Type.Optional(Type.Enum(['true', 'false'])),
          personId: Type.Optional(Type.String()),
        },
        Strict,
      ),
    },
    handler: ({ query: { family, enrolled, personId } }) => ({
      devices: fleet
        .all()
        .filter(
          (device) =>
            (family === undefined || device.family === family) &&
            (enrolled === undefined ||
              (enrolled === 'true') === (device.enrollment !== undefined)) &&
            (personId === undefined || device.traits.personId === personId),
        )
        .map(report),
    }),
  });
  app.get(
    '/_control/devices/summary',
    { schema: { tags, summary: 'How many devices, and the states of their apps' } },
    () => fleetSummary(fleet.all()),
  );
}

function registerEnrollment(root: FastifyInstance, fleet: Fleet): void {
  const app = root.withTypeProvider<TypeBoxTypeProvider>();
  app.post('/_control/devices/enroll-many', {
    schema: {
      tags,
      summary: 'Enroll devices, some at a time; tells of each how it went',
      body: Type.Object(
        {
          enrollments: Type.Array(
            Type.Object({ serialNumber: Type.String(), url: ProfileUrl }, Strict),
          ),
        },
        Strict,
      ),
    },
    handler: async (request) => ({
      enrollments: await fleet.enrollMany(request.body.enrollments),
    }),
  });
  app.post('/_control/devices/:serialNumber/enroll', {
    schema: {
      tags,
      summary: 'Download an enrollment profile and enroll',
      params: Type.Object({ serialNumber: Type.String() }),
      body: Type.Object({ url: ProfileUrl }, Strict),
    },
    handler: async (request) => {
      const device = fleet.device(request.params.serialNumber);
      await fleet.enroll(device, request.body.url);
      return fleet.report(device);
    },
  });
}

function statusOf(error: FastifyError): number {
  if (error instanceof FleetError) return error.kind === 'unknown-device' ? 404 : 409;
  if (error instanceof EnrollmentError) return 422;
  return error.statusCode ?? 500;
}
