import { Readable } from 'node:stream';

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';

import type { Core } from '../core/world.ts';
import { holderFields, type Location } from '../licenses/location.ts';
import type { LicenseService } from '../licenses/service.ts';
import { locationOf, Strict } from './schemas.ts';
import { assetState } from './stock.ts';

const tags = ['reports'];

/** What was counted, what is, and what happened. */
export function registerReports(root: FastifyInstance, core: Core, service: LicenseService): void {
  const app = root.withTypeProvider<TypeBoxTypeProvider>();
  const { registry, people } = service;

  app.get(
    '/_control/counters',
    { schema: { tags, summary: 'Counters and the highest counts' } },
    () => ({
      total: core.counters.snapshot(),
      locations: Object.fromEntries(
        registry.locations().map((location) => [
          location.uId,
          {
            ...core.counters.snapshot(location.uId),
            assets: [...location.assets.values()].map(assetState),
          },
        ]),
      ),
    }),
  );

  app.get(
    '/_control/state',
    {
      schema: {
        tags,
        summary: 'Organizations, locations and stock; on demand every assignment',
        querystring: Type.Object(
          {
            uId: Type.Optional(Type.String()),
            assignments: Type.Optional(Type.Enum(['true', 'false'], { default: 'false' })),
          },
          Strict,
        ),
      },
    },
    (request) => {
      const { uId, assignments } = request.query;
      const locations = uId === undefined ? registry.locations() : [locationOf(service, uId)];
      return {
        now: new Date(core.clock.now()).toISOString(),
        speed: core.clock.speed,
        organizations: registry.organizations(),
        people: people.all().length,
        locations: locations.map((location) => locationState(location, assignments === 'true')),
      };
    },
  );

  app.get(
    '/_control/journal',
    {
      schema: {
        tags,
        summary: 'What happened, one JSON object a line',
        querystring: Type.Object({ kind: Type.Optional(Type.String()) }, Strict),
      },
    },
    (request, reply) => {
      const { kind } = request.query;
      const lines = kind === undefined ? core.journal.blocks() : core.journal.linesOf(kind);
      return reply.type('application/x-ndjson').send(Readable.from(lines, { objectMode: false }));
    },
  );
}

function locationState(location: Location, withAssignments: boolean): object {
  const { uId, name, organization, mdmInfo, notifications, subscribedTypes } = location;
  const users = [...location.users.changedSince()].map(({ status }) => status);
  const events = [...location.events.values()].map(({ status }) => status);
  return {
    uId,
    name,
    organizationId: organization.organizationId,
    mdmInfo: mdmInfo ?? null,
    notificationUrl: notifications?.url ?? null,
    subscribedTypes,
    assets: [...location.assets.values()].map(assetState),
    users: tally(users),
    events: tally(events),
    assignmentCount: location.assignments.size,
    ...(withAssignments && {
      assignments: location.assignments.all().map(({ asset, holder }) => ({
        adamId: asset.kind.adamId,
        pricingParam: asset.kind.pricingParam,
        ...holderFields(holder),
      })),
    }),
  };
}

function tally(values: readonly string[]): Record<string, number> {
  const groups = Map.groupBy(values, (value) => value);
  return Object.fromEntries([...groups].map(([value, group]) => [value, group.length]));
}
