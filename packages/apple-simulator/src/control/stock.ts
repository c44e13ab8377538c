import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';

import type { Asset } from '../licenses/assets.ts';
import { purchase, refund, setVanished, transfer } from '../licenses/portal.ts';
import { PortalError } from '../licenses/portal-error.ts';
import type { LicenseService } from '../licenses/service.ts';
import { AdamId, locationOf, Pricing, Strict, UId } from './schemas.ts';

const tags = ['stock'];
const Quantity = Type.Integer({ minimum: 1 });
const Lot = { adamId: AdamId, pricingParam: Pricing, quantity: Quantity };

const AbsentIn = Type.Optional(Type.Array(Type.String({ pattern: '^[a-z]{2}$' })));

const Title = Type.Object(
  {
    adamId: AdamId,
    name: Type.String({ minLength: 1 }),
    bundleId: Type.String({ minLength: 1 }),
    developer: Type.Optional(Type.String()),
    genre: Type.Optional(Type.String()),
    runsOn: Type.Optional(
      Type.Enum(['pi', 'i', 'p', 'm', 'pim', 'pit', 'pimt', 'piw', 'piv', 'pitv', 'im'], {
        default: 'pi',
        description: 'p iPhone, i iPad, m Mac, t Apple TV, w Apple Watch, v Vision.',
      }),
    ),
    paid: Type.Optional(Type.Boolean()),
    custom: Type.Optional(Type.Boolean()),
    delisted: Type.Optional(Type.Boolean()),
    deviceAssignable: Type.Optional(Type.Boolean()),
    absentIn: AbsentIn,
    minimumOsVersion: Type.Optional(Type.String()),
    sizeBytes: Type.Optional(Quantity),
    version: Type.Optional(Type.String()),
  },
  Strict,
);

/** What content managers and the store do: titles, purchases, refunds, transfers. */
export function registerStockControls(root: FastifyInstance, service: LicenseService): void {
  const app = root.withTypeProvider<TypeBoxTypeProvider>();
  registerTitles(root, service);
  registerStore(root, service);

  app.post(
    '/_control/purchases',
    {
      schema: {
        tags,
        summary: 'Buy licenses; without a quantity a free title becomes unlimited',
        body: Type.Object(
          {
            uId: UId,
            purchases: Type.Array(
              Type.Object({ ...Lot, quantity: Type.Optional(Quantity) }, Strict),
              { minItems: 1 },
            ),
          },
          Strict,
        ),
      },
    },
    async (request, reply) => {
      const location = locationOf(service, request.body.uId);
      const assets: Asset[] = [];
      for (const order of request.body.purchases) {
        assets.push(await purchase(service, location, order));
      }
      return reply.code(201).send({ assets: assets.map(assetState) });
    },
  );

  app.post('/_control/refunds', {
    schema: {
      tags,
      summary: 'Take bought licenses back, also assigned ones',
      body: Type.Object({ uId: UId, ...Lot }, Strict),
    },
    handler: async (request) => {
      const { uId, ...lot } = request.body;
      return assetState(await refund(service, locationOf(service, uId), lot));
    },
  });

  for (const [act, vanished] of [
    ['vanish', true],
    ['return', false],
  ] as const) {
    app.post(
      `/_control/assets/${act}`,
      {
        schema: {
          tags,
          summary: vanished
            ? 'A title goes away from the assets of a location; what is assigned stays so'
            : 'A title that went away comes back',
          body: Type.Object({ uId: UId, adamId: AdamId, pricingParam: Pricing }, Strict),
        },
      },
      (request) => {
        const { uId, ...asset } = request.body;
        return assetState(setVanished(service, locationOf(service, uId), asset, vanished));
      },
    );
  }

  app.post('/_control/transfers', {
    schema: {
      tags,
      summary: 'Move unassigned licenses to another location',
      body: Type.Object({ from: UId, to: UId, ...Lot }, Strict),
    },
    handler: async (request) => {
      const { from, to, ...lot } = request.body;
      await transfer(service, locationOf(service, from), locationOf(service, to), lot);
      return { moved: lot.quantity };
    },
  });
}

function registerTitles(root: FastifyInstance, { catalog, core }: LicenseService): void {
  const app = root.withTypeProvider<TypeBoxTypeProvider>();
  app.get('/_control/titles', { schema: { tags, summary: 'All titles of the catalog' } }, () => ({
    titles: catalog.all(),
  }));

  app.post(
    '/_control/titles',
    {
      schema: {
        tags,
        summary: 'Add made-up apps to the catalog',
        body: Type.Object({ titles: Type.Array(Title, { minItems: 1 }) }, Strict),
      },
    },
    (request, reply) => {
      for (const { adamId, bundleId } of request.body.titles)
        refuseTaken(catalog, adamId, bundleId);
      return reply
        .code(201)
        .send({ titles: request.body.titles.map((title) => catalog.add(title)) });
    },
  );

  app.post(
    '/_control/titles/:adamId/update',
    {
      schema: {
        tags,
        summary: 'Publish a new version of a title',
        params: Type.Object({ adamId: AdamId }),
        body: Type.Object({ version: Type.Optional(Type.String({ minLength: 1 })) }, Strict),
      },
    },
    (request) => {
      const { adamId } = request.params;
      const title = catalog.title(adamId);
      if (title === undefined) throw new PortalError(`adamId: the catalog has no title ${adamId}.`);
      catalog.update(title, request.body.version);
      const { version, externalVersionId } = title;
      core.journal.write('title.updated', { adamId, version, externalVersionId });
      return title;
    },
  );
}

function registerStore(root: FastifyInstance, { catalog, core }: LicenseService): void {
  root.withTypeProvider<TypeBoxTypeProvider>().post(
    '/_control/titles/:adamId/store',
    {
      schema: {
        tags,
        summary: 'Where and whether a title is for sale',
        params: Type.Object({ adamId: AdamId }),
        body: Type.Object({ absentIn: AbsentIn, delisted: Type.Optional(Type.Boolean()) }, Strict),
      },
    },
    (request) => {
      const { adamId } = request.params;
      const title = catalog.title(adamId);
      if (title === undefined) throw new PortalError(`adamId: the catalog has no title ${adamId}.`);
      Object.assign(title, request.body);
      core.journal.write('title.store', { adamId, ...request.body });
      return title;
    },
  );
}

function refuseTaken(catalog: LicenseService['catalog'], adamId: string, bundleId: string): void {
  if (catalog.title(adamId) !== undefined) {
    throw new PortalError(`adamId: the catalog has a title ${adamId} already.`);
  }
  if (catalog.titleByBundleId(bundleId) !== undefined) {
    throw new PortalError(`bundleId: another title of the catalog has ${bundleId}.`);
  }
}

/** An asset with its counts, as controls show it. */
export function assetState({
  kind,
  unlimited,
  vanished,
  total,
  assigned,
  available,
  retired,
  maximumAssigned,
}: Asset) {
  const { adamId, pricingParam, productType } = kind;
  return {
    adamId,
    pricingParam,
    productType,
    unlimited,
    ...(vanished && { vanished }),
    total: unlimited ? null : total,
    assigned,
    available: unlimited ? null : available,
    retired,
    maximumAssigned,
  };
}
