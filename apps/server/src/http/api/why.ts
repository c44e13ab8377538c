import { Type } from 'typebox';
import { explainWhy } from '../../status/index.ts';
import type { Face } from './face.ts';
import { findTitle, type TitleKind } from './titles.ts';
import { checkId } from './ids.ts';

const ofDevice = Type.Object({ id: Type.String(), deviceId: Type.String({ maxLength: 64 }) });
const ofPerson = Type.Object({ id: Type.String(), personId: Type.String({ maxLength: 64 }) });

/** GET /api/apps/{id}/devices/{deviceId}/why, …/people/{personId}/why: how far an app is there, and why not further */
export function registerWhy({ app, context }: Face, kind: TitleKind): void {
  app.get(
    `${kind.path}/:id/people/:personId/why`,
    { schema: { params: ofPerson } },
    async (request) => {
      const { assetId } = await findTitle(context, request.params.id, kind);
      const { personId } = request.params;
      checkId('personId', personId);
      return explainWhy(context, { assetId, deviceId: null, personId });
    },
  );
  if (kind.books) return;
  app.get(
    `${kind.path}/:id/devices/:deviceId/why`,
    { schema: { params: ofDevice } },
    async (request) => {
      const { assetId } = await findTitle(context, request.params.id, kind);
      const { deviceId } = request.params;
      checkId('deviceId', deviceId);
      return explainWhy(context, { assetId, deviceId, personId: null });
    },
  );
}
