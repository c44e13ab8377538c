import type { Entity } from '@allotment/graph-odata';
import { sql } from 'kysely';
import type { Person } from '../../../directory/index.ts';
import { dateTime, type EntitySet } from '../call.ts';
import type { Source } from '../sql-listing.ts';
import { user } from '../types.ts';

export const users: EntitySet = {
  path: 'users',
  types: [user],
  pageSize: 100,
  alwaysCounts: false,
};

const text = (name: string) => ({ kind: 'text', sql: sql.ref(name) }) as const;

export const peopleSource: Source<Person> = {
  toEntity: userEntity,
  from: sql`directory.person`,
  select: sql`*`,
  where: sql<boolean>`deleted_at is null`,
  columns: {
    id: { kind: 'text', sql: sql`id::text` },
    displayName: text('displayName'),
    userPrincipalName: text('userPrincipalName'),
    mail: text('mail'),
    givenName: text('givenName'),
    surname: text('surname'),
    department: text('department'),
    jobTitle: text('jobTitle'),
    managedAppleId: text('managedAppleId'),
    accountEnabled: { kind: 'boolean', sql: sql.ref('accountEnabled') },
    createdDateTime: { kind: 'instant', sql: sql.ref('createdAt') },
  },
  searchable: ['displayName', 'userPrincipalName', 'mail'],
  order: sql`lower(display_name), id`,
};

export function userEntity(person: Person): Entity {
  return {
    id: person.id,
    displayName: person.displayName,
    userPrincipalName: person.userPrincipalName,
    mail: person.mail,
    givenName: person.givenName,
    surname: person.surname,
    department: person.department,
    jobTitle: person.jobTitle,
    managedAppleId: person.managedAppleId,
    accountEnabled: person.accountEnabled,
    createdDateTime: dateTime(person.createdAt),
  };
}
