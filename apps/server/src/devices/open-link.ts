import type { UserEnrollment } from '@allotment/device-management';
import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from 'kysely';
import type { Context } from '../context.ts';
import type { DB } from '../db/generated/tables.ts';
import { Problem } from '../errors.ts';
import { hashOf } from './links.ts';

/** A link that was not used yet. */
export interface OpenLink {
  readonly id: string;
  /** The enrollment whose identity it renews. */
  readonly renews: string | null;
  /** How that began, where it is a User Enrollment. */
  readonly renewsBy: UserEnrollment['by'] | undefined;
  readonly personId: string | null;
  readonly kiosk: boolean;
  readonly userEnrollment: boolean;
}

/** Undefined when the code is unknown, used or too old. */
export async function openLinkByCode(
  context: Context,
  code: string,
): Promise<OpenLink | undefined> {
  return openLink(context, (where) => where('link.codeHash', '=', hashOf(code)));
}

/** By the access token of whoever signed in with its code. Undefined when the token is unknown, used or too old. */
export async function openLinkByToken(
  context: Context,
  token: string,
): Promise<OpenLink | undefined> {
  return openLink(context, (where) =>
    where.and([
      where('link.signInTokenHash', '=', hashOf(token)),
      where('link.signInTokenExpiresAt', '>', context.clock.now()),
    ]),
  );
}

interface Tables {
  readonly link: DB['devices.enrollmentLink'];
}

/**
 * Asked before a key is made, so that guessed codes cost nothing. A link that renews is open while the device is
 * enrolled.
 */
async function openLink(
  context: Context,
  isMeant: (where: ExpressionBuilder<Tables, 'link'>) => ExpressionWrapper<Tables, 'link', SqlBool>,
): Promise<OpenLink | undefined> {
  const row = await context.db
    .selectFrom('devices.enrollmentLink as link')
    .select(['link.id', 'link.renews', 'link.personId', 'link.kiosk', 'link.userEnrollment'])
    .where(isMeant)
    .where('link.usedAt', 'is', null)
    .where('link.expiresAt', '>', context.clock.now())
    .executeTakeFirst();
  if (row === undefined || row.renews === null) return row && { ...row, renewsBy: undefined };
  const renewed = await context.db
    .selectFrom('devices.enrollment as renewed')
    .innerJoin('devices.enrollmentLink as first', 'first.id', 'renewed.linkId')
    .select('first.signInTokenHash')
    .where('renewed.id', '=', row.renews)
    .where('renewed.state', '=', 'enrolled')
    .executeTakeFirst();
  if (renewed === undefined) return undefined;
  return { ...row, renewsBy: renewed.signInTokenHash === null ? 'profile' : 'account' };
}

export function invalidLink(): Problem {
  return new Problem(
    'notFound',
    'enrollmentLinkInvalid',
    'This enrollment link was used already or is too old: ask your administrator for a new one.',
  );
}
