import { sql } from 'kysely';
import { Type } from 'typebox';
import type { Context } from '../../context.ts';
import {
  inspectToken,
  listSyncs,
  listTokens,
  readToken,
  type SyncRow,
  type TokenRow,
} from '../../library/index.ts';
import { type LocationOverview, locationOverview } from '../../status/index.ts';
import { type Face, pageOf, pageQuery } from './face.ts';
import { withId } from '../typed-app.ts';

const tokenBody = Type.Object({ token: Type.String({ minLength: 1, maxLength: 16_384 }) });

/** GET /api/tokens, /api/tokens/{id}/syncs; POST /api/tokens/inspect */
export function registerTokens({ app, context }: Face): void {
  app.get('/tokens', async () => ({ value: await readTokens(context) }));
  app.post('/tokens/inspect', { schema: { body: tokenBody } }, async (request) => {
    const seen = await inspectToken(context, request.body.token);
    const { expiresAt, country, owner, present, ...rest } = seen;
    return {
      ...rest,
      expirationDateTime: expiresAt,
      country: country ?? null,
      owner: owner ?? null,
      present: present ?? null,
    };
  });
  app.get(
    '/tokens/:id/syncs',
    { schema: { params: withId, querystring: pageQuery } },
    async (request) => {
      const { id } = await readToken(context.db, request.params.id);
      const syncs = await listSyncs(context.db, id, pageOf(request.query).top);
      return { value: syncs.map(syncView) };
    },
  );
}

async function readTokens(context: Context): Promise<readonly object[]> {
  const tokens = await listTokens(context.db);
  const locations = new Map((await locationOverview(context.db)).map((one) => [one.uid, one]));
  const { rows } = await sql<SyncRow>`select distinct on (token_id) * from library.sync
    where state in ('waiting', 'running') order by token_id, created_at`.execute(context.db);
  const open = new Map(rows.map((sync) => [sync.tokenId, sync]));
  return tokens.flatMap((token) => {
    const location = locations.get(token.locationUid);
    return location === undefined ? [] : [tokenView(token, location, open.get(token.id))];
  });
}

function tokenView(token: TokenRow, location: LocationOverview, sync: SyncRow | undefined): object {
  return {
    id: token.id,
    displayName: token.displayName,
    appleId: token.appleId,
    organizationName: token.organizationName,
    locationUid: token.locationUid,
    locationName: token.locationName,
    accountType: token.accountType,
    countryOrRegion: token.countryOrRegion,
    automaticallyUpdateApps: token.automaticallyUpdateApps,
    state: token.state,
    stateReason: token.stateReason,
    expirationDateTime: token.expiresAt,
    lastSyncDateTime: token.lastSyncAt,
    lastSyncStatus: token.lastSyncStatus,
    lastSyncError: token.lastSyncError,
    nextSyncDateTime: token.nextSyncAt,
    sync: sync === undefined ? null : syncView(sync),
    location: locationView(location),
    apps: location.apps,
    books: location.books,
    ownedLicenses: location.ownedLicenses,
    heldLicenses: location.heldLicenses,
    waitingLicenses: location.waitingLicenses,
  };
}

function locationView(location: LocationOverview): object {
  const { pausedAt, brake } = location;
  return {
    uid: location.uid,
    name: location.name,
    owner:
      location.ownerState === 'other'
        ? (location.otherOwnerName ?? 'another service')
        : location.ownerState,
    paused:
      pausedAt === null
        ? null
        : { at: pausedAt, by: location.pausedBy, reason: location.pausedReason },
    notifications: location.notifications,
    notificationsError: location.notificationsError,
    lastNotificationDateTime: location.lastNotificationAt,
    openChanges: location.openChanges,
    requestsInFlight: location.requestsInFlight,
    brake,
    closed: location.closed,
  };
}

function syncView(sync: SyncRow): object {
  return {
    id: sync.id,
    trigger: sync.trigger,
    requestedBy: sync.requestedBy,
    state: sync.state,
    phase: sync.phase,
    pagesDone: sync.pagesDone,
    pagesTotal: sync.pagesTotal,
    rowsRead: sync.rowsRead,
    clean: sync.clean,
    error: sync.error,
    errorNumber: sync.errorNumber,
    createdDateTime: sync.createdAt,
    startedDateTime: sync.startedAt,
    finishedDateTime: sync.finishedAt,
  };
}
