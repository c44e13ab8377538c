import { Type } from 'typebox';
import type { Context } from '../../context.ts';
import { readDeliverySettings, updateDeliverySettings } from '../../delivery/index.ts';
import { getPerson, isGuid } from '../../directory/index.ts';
import { Problem } from '../../errors.ts';
import {
  type LicenseSelection,
  adoptFound,
  liftHoldsOf,
  readLicensingSettings,
  revokeLicenses,
  updateLicensingSettings,
} from '../../grants/index.ts';
import { callerOf } from '../auth.ts';
import { findManagedDevice } from '../graph/managed-devices/source.ts';
import { withId } from '../typed-app.ts';
import type { Face } from './face.ts';

const body = Type.Object({
  reason: Type.String({ minLength: 1, maxLength: 500 }),
  /** Of an app: whose licenses; left out, everybody's. */
  serialNumbers: Type.Optional(
    Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: 10_000 }),
  ),
});

/**
 * POST /api/{devices|people|apps}/{id}/revoke-licenses and …/lift-holds, /api/apps/{id}/adopt-licenses;
 * GET, PUT /api/licensing-settings
 */
export function registerLicenses(face: Face): void {
  registerSelection(face, 'devices', async ({ id }) => ofDevice(face.context, id));
  registerSelection(face, 'people', async ({ id }) => ofPerson(face.context, id));
  registerSelection(face, 'apps', async ({ id, serialNumbers }) =>
    ofApp(face.context, id, serialNumbers),
  );
  const { app, context } = face;
  app.post(
    '/apps/:id/adopt-licenses',
    { schema: { params: withId, body: Type.Pick(body, ['reason']) } },
    async (request) => {
      const assetId = await assetOf(context, request.params.id);
      const actor = { ...callerOf(request).actor, reason: request.body.reason };
      return { adopted: await adoptFound(context, assetId, 'all', actor) };
    },
  );
  app.get('/licensing-settings', async () => readLicensingSettings(context.db));
  app.put('/licensing-settings', { schema: { body: Type.Unknown() } }, async (request, reply) => {
    await updateLicensingSettings(context, request.body, callerOf(request).actor);
    return reply.code(204).send();
  });
  app.get('/delivery-settings', async () => readDeliverySettings(context.db));
  app.put('/delivery-settings', { schema: { body: Type.Unknown() } }, async (request, reply) => {
    await updateDeliverySettings(context, request.body, callerOf(request).actor);
    return reply.code(204).send();
  });
}

interface Named {
  readonly id: string;
  readonly serialNumbers: readonly string[] | undefined;
}

function registerSelection(
  { app, context }: Face,
  collection: string,
  select: (named: Named) => Promise<LicenseSelection>,
): void {
  const schema = { params: withId, body };
  app.post(`/${collection}/:id/revoke-licenses`, { schema }, async (request) => {
    const { reason, serialNumbers } = request.body;
    const selection = await select({ id: request.params.id, serialNumbers });
    return revokeLicenses(context, selection, reason, { ...callerOf(request).actor, reason });
  });
  app.post(`/${collection}/:id/lift-holds`, { schema }, async (request) => {
    const { reason, serialNumbers } = request.body;
    const selection = await select({ id: request.params.id, serialNumbers });
    return {
      lifted: await liftHoldsOf(context, selection, { ...callerOf(request).actor, reason }),
    };
  });
}

async function ofDevice(context: Context, id: string): Promise<LicenseSelection> {
  return { kind: 'device', deviceId: (await findManagedDevice(context.db, id)).id };
}

async function ofPerson(context: Context, id: string): Promise<LicenseSelection> {
  return { kind: 'person', personId: (await getPerson(context.db, id)).id };
}

async function ofApp(
  context: Context,
  appId: string,
  serialNumbers: readonly string[] | undefined,
): Promise<LicenseSelection> {
  const assetId = await assetOf(context, appId);
  if (serialNumbers === undefined) return { kind: 'asset', assetId };
  const holders = await context.db
    .selectFrom('library.holder')
    .select(['id', 'key'])
    .where('kind', '=', 'device')
    .where('key', 'in', serialNumbers)
    .execute();
  const known = new Set(holders.map((holder) => holder.key));
  const stranger = serialNumbers.find((serial) => !known.has(serial));
  if (stranger !== undefined) {
    throw new Problem(
      'badRequest',
      'deviceNotFound',
      `serialNumbers names ${stranger}, which is no device here. Nothing was changed.`,
      { field: 'serialNumbers' },
    );
  }
  return { kind: 'asset', assetId, holderIds: holders.map((holder) => holder.id) };
}

async function assetOf(context: Context, appId: string): Promise<number> {
  const app = isGuid(appId)
    ? await context.db
        .selectFrom('library.app')
        .select('assetId')
        .where('id', '=', appId)
        .executeTakeFirst()
    : undefined;
  if (app === undefined) throw new Problem('notFound', 'appNotFound', `There is no app ${appId}.`);
  return app.assetId;
}
