import type { Context } from '../context.ts';
import type { Database } from '../db/connect.ts';

/** Apple's template holds these characters where the code belongs. */
const codeInTemplate = '%25inviteCode%25';

/** A code copied to another row does not open (Law 10). */
const placeOf = (locationUid: string, holderId: number): string =>
  `associations.apple_user.invite_code:${locationUid}:${holderId}`;

export function sealInviteCode(
  context: Pick<Context, 'secrets'>,
  locationUid: string,
  holderId: number,
  code: string,
): Buffer {
  return context.secrets.seal(code, placeOf(locationUid, holderId));
}

/**
 * The link by which a person ties their own Apple Account to the user of a location. Apple sends no mail: whoever asks
 * for it delivers it, and to nobody but the person.
 *
 * @returns undefined when there is nothing to accept: not registered yet, or accepted already
 * @throws AppsAndBooksError when Apple does not say what its links look like
 * @see https://developer.apple.com/documentation/devicemanagement/service-configuration
 */
export async function invitationLink(
  context: Context,
  locationUid: string,
  personId: string,
): Promise<string | undefined> {
  const user = await context.db
    .selectFrom('associations.appleUser')
    .select('holderId')
    .where('locationUid', '=', locationUid)
    .where('personId', '=', personId)
    .where('state', '=', 'registered')
    .executeTakeFirst();
  if (user === undefined) return undefined;
  const { invitationUrlTemplate } = await context.apple.serviceConfig(context.signal);
  if (invitationUrlTemplate === undefined) return undefined;
  const { holderId } = user;
  return fillInCode(context, context.db, invitationUrlTemplate, { locationUid, holderId });
}

/**
 * Apple's template of an invitation with the code of one of our people.
 *
 * @returns undefined when there is nothing to accept
 */
export async function fillInCode(
  context: Pick<Context, 'secrets'>,
  db: Database,
  template: string,
  { locationUid, holderId }: { readonly locationUid: string; readonly holderId: number },
): Promise<string | undefined> {
  const user = await db
    .selectFrom('associations.appleUser')
    .select('inviteCode')
    .where('locationUid', '=', locationUid)
    .where('holderId', '=', holderId)
    .where('state', '=', 'registered')
    .executeTakeFirst();
  if (user === undefined || user.inviteCode === null) return undefined;
  const code = context.secrets.openText(user.inviteCode, placeOf(locationUid, holderId));
  return template.replace(codeInTemplate, () => encodeURIComponent(code));
}
