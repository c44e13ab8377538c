import { randomUUID } from 'node:crypto';
import type { Holder, Organization } from '@allotment/licensing/testing';
import type { Database } from '../../src/db/connect.ts';

/** What the parts of a random organization are called in the database. */
interface Names {
  id(name: string): string;
  asset(name: string): number;
  holder(name: Holder): number;
}

/** Writes down the licenses of a random organization from before. */
export async function writePast(
  db: Database,
  organization: Organization,
  names: Names,
): Promise<void> {
  const { rows, served, foreign, holds } = organization;
  const at = { since: organization.now, changedAt: organization.now };
  for (const { assetId, holder, appId, granted, held, takenFor, onUnassign, coming } of rows)
    await db
      .insertInto('grants.demand')
      .values({
        assetId: names.asset(assetId),
        holderId: names.holder(holder),
        appId: names.id(appId),
        wanted: true,
        granted,
        held,
        found:
          !granted && foreign.some((pair) => pair.assetId === assetId && pair.holder === holder),
        asked: takenFor === 'request',
        ahead: takenFor === 'ahead',
        onUnassign: onUnassign === 'reclaimAndRemove' ? null : onUnassign,
        endsAt: coming?.at ?? null,
        endReason: coming?.reason ?? null,
        ...at,
      })
      .execute();
  // What is granted and not held yet is asked for, or about to be.
  for (const { assetId, holder, asked } of rows.filter((row) => row.granted && !row.held))
    await db
      .insertInto('grants.openChange')
      .values({
        assetId: names.asset(assetId),
        holderId: names.holder(holder),
        op: 'associate',
        requestId: asked ? 1 : null,
        notBefore: organization.now,
        createdAt: organization.now,
      })
      .execute();
  const shown = [...rows.filter((row) => row.held), ...foreign];
  for (const { assetId, holder } of shown)
    await db
      .insertInto('library.license')
      .values({
        assetId: names.asset(assetId),
        holderId: names.holder(holder),
        present: true,
        changed: 0,
      })
      .execute();
  for (const { assetId, deviceId, personId, takenFor } of served)
    await db
      .insertInto('grants.placement')
      .values({
        assetId: names.asset(assetId),
        deviceId: names.id(deviceId),
        holderId: names.holder(`person:${personId}`),
        appId: randomUUID(),
        asked: takenFor === 'request',
        ahead: takenFor === 'ahead',
      })
      .execute();
  for (const { assetId, holder } of holds)
    await db
      .insertInto('grants.hold')
      .values({
        assetId: names.asset(assetId),
        holderId: names.holder(holder),
        reason: 'test',
        createdBy: 'test',
        createdAt: organization.now,
      })
      .execute();
}
