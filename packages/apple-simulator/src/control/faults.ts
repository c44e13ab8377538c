import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';

import type { Fault, FaultRequest } from '../core/fault-request.ts';
import { faultState } from '../core/faults.ts';
import { drawSchedule } from '../core/schedule.ts';
import type { Core } from '../core/world.ts';
import { Strict } from './schemas.ts';

const tags = ['faults'];

const KindFields = {
  kind: Type.String({ description: 'GET /_control/faults lists the kinds.' }),
  settings: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  scope: Type.Optional(
    Type.Record(Type.String(), Type.String(), {
      description: 'Where it strikes, for example {"path": "/assets/*"}; * is any text.',
    }),
  ),
  times: Type.Optional(
    Type.Integer({
      minimum: 1,
      description: 'Default: until taken away; what happens by itself happens once.',
    }),
  ),
  probability: Type.Optional(Type.Number({ minimum: 0, maximum: 1, default: 1 })),
};

const FaultBody = Type.Object(
  {
    ...KindFields,
    afterSeconds: Type.Optional(
      Type.Number({ minimum: 0, description: 'Simulated seconds until it begins.' }),
    ),
    forSeconds: Type.Optional(
      Type.Number({ minimum: 0, description: 'Simulated seconds until it is over.' }),
    ),
  },
  Strict,
);

const ScheduleBody = Type.Object(
  {
    seed: Type.Integer(),
    seconds: Type.Number({
      exclusiveMinimum: 0,
      description: 'Simulated seconds after which all is well again.',
    }),
    count: Type.Integer({ minimum: 1, maximum: 10_000 }),
    kinds: Type.Array(Type.Object(KindFields, Strict), {
      minItems: 1,
      description: 'What may go wrong; settings, times and moments that are left out are drawn.',
    }),
  },
  Strict,
);

/** What goes wrong or happens by itself: on demand, at a time, or drawn from a seed. */
export function registerFaultControls(root: FastifyInstance, core: Core): void {
  const { faults, happenings } = core;
  const app = root.withTypeProvider<TypeBoxTypeProvider>();
  const add = async (request: FaultRequest): Promise<Fault> =>
    happenings.knows(request.kind) ? await happenings.add(request) : faults.add(request);

  app.get(
    '/_control/faults',
    { schema: { tags, summary: 'Faults: active ones and kinds' } },
    () => ({
      active: [...faults.list(), ...happenings.list()].map(faultState),
      kinds: [...faults.kinds(), ...happenings.kinds()].map((kind) => ({
        kind: kind.kind,
        describes: kind.describes,
        happens: happenings.knows(kind.kind),
        scope: kind.scope,
        settings: kind.settings,
      })),
    }),
  );
  app.post(
    '/_control/faults',
    { schema: { tags, summary: 'Switch a fault on, or let something happen', body: FaultBody } },
    async (request, reply) => reply.code(201).send(faultState(await add(request.body))),
  );
  app.delete(
    '/_control/faults',
    {
      schema: {
        tags,
        summary: 'Switch faults off and call off what is to happen: one, all of a kind, or all',
        querystring: Type.Object(
          { id: Type.Optional(Type.String()), kind: Type.Optional(Type.String()) },
          Strict,
        ),
      },
    },
    (request) => ({ removed: faults.remove(request.query) + happenings.remove(request.query) }),
  );
  app.post(
    '/_control/schedules',
    { schema: { tags, summary: 'Draw faults over a stretch of time', body: ScheduleBody } },
    async (request, reply) => {
      const known = [...faults.kinds(), ...happenings.kinds()];
      const drawn = drawSchedule(request.body, known, (kind) => happenings.knows(kind));
      core.journal.write('schedule', { ...request.body, kinds: undefined });
      const added = [];
      for (const each of drawn) added.push(faultState(await add(each)));
      return reply.code(201).send({ faults: added });
    },
  );
}
