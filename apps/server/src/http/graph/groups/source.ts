import type { Entity } from '@allotment/graph-odata';
import { sql } from 'kysely';
import type { Group } from '../../../directory/index.ts';
import { dateTime, type EntitySet } from '../call.ts';
import type { Source } from '../sql-listing.ts';
import { device, group, user } from '../types.ts';

export const groups: EntitySet = {
  path: 'groups',
  types: [group],
  pageSize: 100,
  alwaysCounts: false,
};

/** What can be in a group, in Graph's word for all of it. */
export const directoryObjects: EntitySet = {
  path: 'directoryObjects',
  types: [
    { ...user, base: 'directoryObject' },
    { ...group, base: 'directoryObject' },
    { ...device, base: 'directoryObject' },
  ],
  pageSize: 100,
  alwaysCounts: false,
};

export const groupSource: Source<Group> = {
  toEntity: groupEntity,
  from: sql`directory.group`,
  select: sql`*`,
  where: sql<boolean>`deleted_at is null`,
  columns: {
    id: { kind: 'text', sql: sql`id::text` },
    displayName: { kind: 'text', sql: sql.ref('displayName') },
    description: { kind: 'text', sql: sql.ref('description') },
    securityEnabled: { kind: 'boolean', sql: sql`true` },
    mailEnabled: { kind: 'boolean', sql: sql`false` },
    createdDateTime: { kind: 'instant', sql: sql.ref('createdAt') },
    deletedDateTime: { kind: 'instant', sql: sql.ref('deletedAt') },
  },
  searchable: ['displayName', 'description'],
  order: sql`lower(display_name), id`,
};

/** Groups here are lists that people keep: security groups with assigned members, in Graph's words. */
export function groupEntity(row: Group): Entity {
  return {
    id: row.id,
    displayName: row.displayName,
    description: row.description,
    groupTypes: [],
    mailEnabled: false,
    mailNickname: row.displayName.replaceAll(/[^\w.-]/g, ''),
    membershipRule: null,
    securityEnabled: true,
    visibility: null,
    createdDateTime: dateTime(row.createdAt),
    deletedDateTime: row.deletedAt?.toISOString() ?? null,
  };
}
