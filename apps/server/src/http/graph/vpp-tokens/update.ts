import { updateToken } from '../../../library/index.ts';
import { callerOf } from '../../auth.ts';
import { EntityBody, given, objectBody } from '../body.ts';
import { type Face, readCall, sendEntity } from '../call.ts';
import { withId } from '../../typed-app.ts';
import { vppToken } from '../types.ts';
import { longestToken, tokenFields } from './create.ts';
import { readVppToken, vppTokens } from './entity.ts';

/** PATCH /deviceAppManagement/vppTokens/{id}: a new `token` renews it. */
export function updateVppToken({ app, context, version }: Face): void {
  app.patch(
    `/${vppTokens.path}/:id`,
    { schema: { params: withId, body: objectBody } },
    async (request, reply) => {
      const call = readCall(request, vppTokens, version);
      const body = new EntityBody(request.body, vppToken, version);
      await updateToken(
        context,
        request.params.id,
        given({
          // A script that sends back what it read sends null here, and means no renewal.
          token: body.text('token', longestToken) ?? undefined,
          ...tokenFields(body),
        }),
        callerOf(request).actor,
      );
      return sendEntity(reply, call, await readVppToken(context.db, request.params.id));
    },
  );
}
