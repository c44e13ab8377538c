import { createToken } from '../../../library/index.ts';
import { callerOf } from '../../auth.ts';
import { EntityBody, objectBody } from '../body.ts';
import { type Face, readCall, sendCreated } from '../call.ts';
import { vppToken } from '../types.ts';
import { readVppToken, vppTokens } from './entity.ts';

/** Longest token file that is read, in characters; Apple's have some 300. */
export const longestToken = 16_384;

/** POST /deviceAppManagement/vppTokens: `token` is Apple's file, as it is or in base64 once more. */
export function createVppToken({ app, context, version }: Face): void {
  app.post(`/${vppTokens.path}`, { schema: { body: objectBody } }, async (request, reply) => {
    const call = readCall(request, vppTokens, version);
    const body = new EntityBody(request.body, vppToken, version);
    const { id } = await createToken(
      context,
      {
        file: body.requiredText('token', longestToken),
        displayName: body.text('displayName') ?? undefined,
        appleId: body.text('appleId') ?? '',
        countryOrRegion: body.requiredText('countryOrRegion'),
        accountType: body.member('vppTokenAccountType', ['business', 'education']) ?? 'business',
        automaticallyUpdateApps: body.boolean('automaticallyUpdateApps') ?? false,
        claimTokenManagementFromExternalMdm:
          body.boolean('claimTokenManagementFromExternalMdm') ?? false,
        dataSharingConsentGranted: body.boolean('dataSharingConsentGranted') ?? false,
      },
      callerOf(request).actor,
    );
    return sendCreated(reply, call, await readVppToken(context.db, id));
  });
}
