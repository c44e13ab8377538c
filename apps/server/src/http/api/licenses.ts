import { Type } from 'typebox';
import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { getPerson } from '../../directory/index.ts';
import { Problem } from '../../errors.ts';
import {
  adoptFound,
  type LicenseSelection,
  liftHoldsOf,
  revokeLicenses,
} from '../../grants/index.ts';
import { callerOf } from '../auth.ts';
import { findManagedDevice } from '../graph/managed-devices/source.ts';
import { withId } from '../typed-app.ts';
import { apps } from './apps.ts';
import { books } from './books.ts';
import type { Face } from './face.ts';
import { findTitle, type TitleKind } from './titles.ts';

const someOf = (maxLength: number) =>
  Type.Optional(Type.Array(Type.String({ maxLength }), { minItems: 1, maxItems: 10_000 }));
const body = Type.Object({
  reason: Type.String({ minLength: 1, maxLength: 500 }),
  /** Of an app or book: whose licenses, devices' and people's together; both left out, everybody's. */
  serialNumbers: someOf(64),
  personIds: someOf(64),
});
type Body = Type.Static<typeof body>;

/**
 * POST /api/{devices|people|apps|books}/{id}/revoke-licenses and …/lift-holds; /api/{apps|books}/{id}/adopt-licenses.
 * Apple takes no license of a book back: that is refused with the reason.
 */
export function registerLicenses(face: Face): void {
  const { context } = face;
  registerSelection(face, 'devices', async (id) => ({
    kind: 'device',
    deviceId: (await findManagedDevice(context.db, id)).id,
  }));
  registerSelection(face, 'people', async (id) => ({
    kind: 'person',
    personId: (await getPerson(context.db, id)).id,
  }));
  for (const kind of [apps, books]) registerTitle(face, kind);
}

function registerTitle(face: Face, kind: TitleKind): void {
  const { app, context } = face;
  registerSelection(face, kind.path.slice(1), async (id, named) =>
    ofTitle(context, (await findTitle(context, id, kind)).assetId, named),
  );
  app.post(
    `${kind.path}/:id/adopt-licenses`,
    { schema: { params: withId, body: Type.Pick(body, ['reason']) } },
    async (request) => {
      const { assetId } = await findTitle(context, request.params.id, kind);
      const actor = { ...callerOf(request).actor, reason: request.body.reason };
      return { adopted: await adoptFound(context, assetId, 'all', actor) };
    },
  );
}

function registerSelection(
  { app, context }: Face,
  collection: string,
  select: (id: string, named: Body) => Promise<LicenseSelection>,
): void {
  const schema = { params: withId, body };
  app.post(`/${collection}/:id/revoke-licenses`, { schema }, async (request) => {
    const { reason } = request.body;
    const selection = await select(request.params.id, request.body);
    return revokeLicenses(context, selection, reason, { ...callerOf(request).actor, reason });
  });
  app.post(`/${collection}/:id/lift-holds`, { schema }, async (request) => {
    const { reason } = request.body;
    const selection = await select(request.params.id, request.body);
    return {
      lifted: await liftHoldsOf(context, selection, { ...callerOf(request).actor, reason }),
    };
  });
}

async function ofTitle(
  context: Context,
  assetId: number,
  { serialNumbers, personIds }: Body,
): Promise<LicenseSelection> {
  if (serialNumbers === undefined && personIds === undefined) return { kind: 'asset', assetId };
  const serials = serialNumbers ?? [];
  const people = (personIds ?? []).map((id) => id.toLowerCase());
  const { rows: holders } = await sql<{ id: number; name: string }>`
    select id, coalesce(person_id::text, key) as name from library.holder
    where (kind = 'device' and key = any(${serials}::text[])) or person_id::text = any(${people}::text[])`.execute(
    context.db,
  );
  const known = new Set(holders.map(({ name }) => name));
  refuseStranger('serialNumbers', serials, known, 'which is no device here');
  refuseStranger('personIds', people, known, 'who is nobody that could have a license here');
  return { kind: 'asset', assetId, holderIds: holders.map((holder) => holder.id) };
}

function refuseStranger(
  field: string,
  names: readonly string[],
  known: ReadonlySet<string>,
  what: string,
): void {
  const stranger = names.find((name) => !known.has(name));
  if (stranger === undefined) return;
  throw new Problem(
    'badRequest',
    field === 'personIds' ? 'userNotFound' : 'deviceNotFound',
    `${field} names ${stranger}, ${what}. Nothing was changed.`,
    { field },
  );
}
