import { Type } from 'typebox';
import { Problem } from '../../../errors.ts';
import { revokeAllOfToken } from '../../../operations/index.ts';
import { callerOf } from '../../auth.ts';
import type { Face } from '../call.ts';
import { withId } from '../../typed-app.ts';
import { vppTokens } from './entity.ts';

const flag = Type.Optional(Type.Union([Type.Boolean(), Type.Null()]));
const body = Type.Object({ notifyManagedDevices: flag, revokeUntrackedLicenses: flag });
/** Where the header `reason` says nothing. */
const unsaid = 'Revoked over Microsoft Graph’s interface.';

/**
 * POST /deviceAppManagement/vppTokens/{id}/revokeLicenses: all licenses assigned from here go back (behavior 69). Those
 * of others are never touched; apps stay on the devices, so there is nothing to notify these of.
 */
export function revokeTokenLicenses({ app, context, version }: Face): void {
  if (version !== 'beta') return;
  app.post(
    `/${vppTokens.path}/:id/revokeLicenses`,
    { schema: { params: withId, body } },
    async (request, reply) => {
      if (request.body.revokeUntrackedLicenses === true) {
        throw new Problem(
          'badRequest',
          'foreignLicenses',
          'Licenses that were not assigned from here are not revoked: leave out revokeUntrackedLicenses. Nothing was revoked.',
          { field: 'revokeUntrackedLicenses' },
        );
      }
      const { actor } = callerOf(request);
      const order = { reason: actor.reason ?? unsaid };
      await revokeAllOfToken(context, request.params.id, order, actor);
      return reply.code(204).send();
    },
  );
}
