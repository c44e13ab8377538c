import { createToken } from '../../../library/index.ts';
import { callerOf } from '../../auth.ts';
import { EntityBody, given, objectBody } from '../body.ts';
import { type Face, readCall, sendCreated } from '../call.ts';
import { vppToken } from '../types.ts';
import { readVppToken, vppTokens } from './entity.ts';

/** Longest token file that is read, in characters; Apple's have some 300. */
export const longestToken = 16_384;

/** Ours: a second token of a location that has one already (behavior L9). */
const additions = ['allowDuplicate'];

/** POST /deviceAppManagement/vppTokens: `token` is Apple's file, as it is or in base64 once more. */
export function createVppToken({ app, context, version }: Face): void {
  app.post(`/${vppTokens.path}`, { schema: { body: objectBody } }, async (request, reply) => {
    const call = readCall(request, vppTokens, version);
    const body = new EntityBody(request.body, vppToken, version, additions);
    const { id } = await createToken(
      context,
      {
        token: body.requiredText('token', longestToken),
        allowDuplicate: body.boolean('allowDuplicate'),
        ...tokenFields(body),
      },
      callerOf(request).actor,
    );
    return sendCreated(reply, call, await readVppToken(context.db, id));
  });
}

/** What an administrator says about a token, as far as it is in the body. */
export function tokenFields(body: EntityBody) {
  return given({
    displayName: body.text('displayName') ?? undefined,
    appleId: body.text('appleId') ?? undefined,
    countryOrRegion: body.text('countryOrRegion') ?? undefined,
    vppTokenAccountType: body.member('vppTokenAccountType', ['business', 'education']),
    automaticallyUpdateApps: body.boolean('automaticallyUpdateApps'),
    claimTokenManagementFromExternalMdm: body.boolean('claimTokenManagementFromExternalMdm'),
    dataSharingConsentGranted: body.boolean('dataSharingConsentGranted'),
  });
}
