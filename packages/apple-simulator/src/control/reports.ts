import { Readable } from 'node:stream';

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';

import type { Core } from '../core/world.ts';
import { holderFields } from '../licenses/assets.ts';
import { openState } from '../licenses/event.ts';
import type { Location } from '../licenses/location.ts';
import type { LicenseService } from '../licenses/service.ts';
import { AdamId, locationOf, Strict, UId } from './schemas.ts';
import { assetState } from './stock.ts';

const tags = ['reports'];

/** Assignments read between two turns of the event loop while they are dumped. */
const DUMP_STEP = 1000;

/** What was counted, what is, and what happened. */
export function registerReports(root: FastifyInstance, core: Core, service: LicenseService): void {
  registerCounters(root, core, service);
  registerState(root, core, service);
  registerJournal(root, core);
  registerDump(root, service);
}

function registerCounters(root: FastifyInstance, core: Core, { registry }: LicenseService): void {
  root.get(
    '/_control/counters',
    { schema: { tags, summary: 'Counters, how often which fault struck, and the highest counts' } },
    () => ({
      total: core.counters.snapshot(),
      faults: core.strikes.snapshot(),
      locations: Object.fromEntries(
        registry.locations().map((location) => [
          location.uId,
          {
            ...core.counters.snapshot(location.uId),
            faults: core.strikes.snapshot(location.uId),
            assets: [...location.assets.values()].map(assetState),
          },
        ]),
      ),
    }),
  );
}

function registerState(root: FastifyInstance, core: Core, service: LicenseService): void {
  const { registry, people } = service;
  root.withTypeProvider<TypeBoxTypeProvider>().get(
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
}

function registerJournal(root: FastifyInstance, { journal }: Core): void {
  root.withTypeProvider<TypeBoxTypeProvider>().get(
    '/_control/journal',
    {
      schema: {
        tags,
        summary: 'What happened, one JSON object a line; "seq" counts the lines',
        querystring: Type.Object(
          {
            since: Type.Optional(
              Type.String({
                pattern: '^[0-9]{1,15}$',
                description: 'Only lines with a higher seq.',
              }),
            ),
            kind: Type.Optional(
              Type.String({ description: 'Only lines of this kind; several with commas.' }),
            ),
          },
          Strict,
        ),
      },
    },
    (request, reply) => {
      const { since = '0', kind } = request.query;
      const lines = journal.read({ since: Number(since), kinds: kind?.split(',') });
      return reply.type('application/x-ndjson').send(Readable.from(lines, { objectMode: false }));
    },
  );
}

function registerDump(root: FastifyInstance, service: LicenseService): void {
  root.withTypeProvider<TypeBoxTypeProvider>().get(
    '/_control/assignments',
    {
      schema: {
        tags,
        summary:
          'Every assignment of a location, or of one title, with its cause: one JSON object a line',
        querystring: Type.Object({ uId: UId, adamId: Type.Optional(AdamId) }, Strict),
      },
    },
    (request, reply) => {
      const { uId, adamId } = request.query;
      const lines = dump(locationOf(service, uId), adamId);
      return reply.type('application/x-ndjson').send(Readable.from(lines, { objectMode: false }));
    },
  );
}

/** Asset by asset, since a walk over one list is undisturbed by what happens to the others meanwhile. */
function* dump(location: Location, adamId: string | undefined): Generator<string> {
  const { assets, assignments } = location;
  for (const asset of assets.values()) {
    const { adamId: id, pricingParam } = asset.kind;
    if (adamId !== undefined && adamId !== id) continue;
    for (let from = 0; from < assignments.list(asset).size; from += DUMP_STEP) {
      let text = '';
      for (const row of assignments.list(asset).slice(from, DUMP_STEP)) {
        const { holder, cause, settledAt, usedUp } = assignments.read(row);
        const line = { adamId: id, pricingParam, ...holderFields(holder), ...cause, settledAt };
        text += `${JSON.stringify(usedUp ? { ...line, usedUp } : line)}\n`;
      }
      yield text;
    }
  }
}

function locationState(location: Location, withAssignments: boolean): object {
  const { uId, name, organization, mdmInfo, notifications, subscribedTypes } = location;
  const { assignments } = location;
  const users = location.users.changedSince().map(({ status }) => status);
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
    openEvents: [...location.openEvents].map(openState),
    assignmentCount: assignments.size,
    ...(withAssignments && {
      assignments: assignments
        .list()
        .slice(0, assignments.size)
        .map((row) => {
          const { asset, holder } = assignments.read(row);
          const { adamId, pricingParam } = asset.kind;
          return { adamId, pricingParam, ...holderFields(holder) };
        }),
    }),
  };
}

function tally(values: readonly string[]): Record<string, number> {
  const groups = Map.groupBy(values, (value) => value);
  return Object.fromEntries([...groups].map(([value, group]) => [value, group.length]));
}
