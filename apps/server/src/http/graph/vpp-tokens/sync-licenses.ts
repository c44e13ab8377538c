import { requestSync } from '../../../library/index.ts';
import { callerOf } from '../../auth.ts';
import { type Face, readCall, sendEntity } from '../call.ts';
import { withId } from '../../typed-app.ts';
import { readVppToken, vppTokens } from './entity.ts';

/** POST /deviceAppManagement/vppTokens/{id}/syncLicenses: a sync begins now, whatever the schedule (behavior 19). */
export function syncLicenses({ app, context, version }: Face): void {
  app.post(
    `/${vppTokens.path}/:id/syncLicenses`,
    { schema: { params: withId } },
    async (request, reply) => {
      const call = readCall(request, vppTokens, version);
      await requestSync(context, request.params.id, callerOf(request).actor);
      return sendEntity(reply, call, await readVppToken(context.db, request.params.id));
    },
  );
}
