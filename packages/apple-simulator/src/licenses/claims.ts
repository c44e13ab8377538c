import type { Location, MdmInfo } from './location.ts';
import type { LicenseService } from './service.ts';

/** Another device management service takes a location over. */
export function stealClaim(
  { core }: LicenseService,
  location: Location,
  mdmInfo: MdmInfo = { id: core.random.uuid(), name: 'Another Service', metadata: '1.0' },
): MdmInfo {
  location.earlierMdmInfo = location.mdmInfo;
  location.mdmInfo = mdmInfo;
  core.journal.write('takeover', { uId: location.uId, mdmInfo });
  return mdmInfo;
}

/** The location goes back to who managed it before it was taken over: nobody, if nobody did. */
export function returnClaim({ core }: LicenseService, location: Location): MdmInfo | undefined {
  location.mdmInfo = location.earlierMdmInfo;
  core.journal.write('takeover.ended', { uId: location.uId, mdmInfo: location.mdmInfo ?? null });
  return location.mdmInfo;
}

/** Ends the valid tokens of a location, or of one of its content managers. Answers how many. */
export function endTokens(
  { core, tokens }: LicenseService,
  location: Location,
  end: 'revoked' | 'expired',
  contentManager?: string,
): number {
  const ended =
    end === 'revoked'
      ? tokens.revoke(location, contentManager)
      : tokens.expire(location, core.clock.now(), contentManager);
  core.journal.write(`token.${end}`, {
    uId: location.uId,
    ...(contentManager !== undefined && { contentManager }),
    tokens: ended,
  });
  return ended;
}
