import type { Entity, Version } from '@allotment/graph-odata';
import { Type } from 'typebox';
import type { AssignmentInput, AssignmentRow } from '../../../assignments/index.ts';
import type { Database } from '../../../db/connect.ts';
import { isGuid } from '../../../directory/index.ts';
import { Problem } from '../../../errors.ts';
import { type AppSummary, appSummaries } from '../../../status/index.ts';
import { assignmentId, readTarget, targetBody, targetEntity } from '../assignment-target.ts';
import { enumMember } from '../body.ts';
import { dateTime, type EntitySet } from '../call.ts';
import { iosVppEBook, managedEBookAssignment } from '../types.ts';

/** Int32's largest: Graph has no word for "as many as you like". */
const unlimited = 2_147_483_647;

export const managedEBooks: EntitySet = {
  path: 'deviceAppManagement/managedEBooks',
  types: [iosVppEBook],
  pageSize: 1_000,
  alwaysCounts: true,
};

export const assignmentsOf = (bookId: string): EntitySet => ({
  path: `deviceAppManagement/managedEBooks('${bookId}')/assignments`,
  types: [managedEBookAssignment],
  pageSize: 1_000,
  alwaysCounts: true,
});

/** Every book of every token, by name. */
export async function readManagedEBooks(db: Database): Promise<readonly Entity[]> {
  const { value } = await appSummaries(db, { books: true });
  return value.map(toEntity);
}

/** @throws Problem `bookNotFound` */
export async function findBook(db: Database, id: string): Promise<AppSummary> {
  const { value } = isGuid(id) ? await appSummaries(db, { books: true, ids: [id] }) : { value: [] };
  const [book] = value;
  if (book === undefined) {
    throw new Problem('notFound', 'bookNotFound', `There is no managedEBook ${id}.`);
  }
  return book;
}

export function toEntity(book: AppSummary): Entity {
  return {
    '@odata.type': `#microsoft.graph.${iosVppEBook.name}`,
    id: book.id,
    displayName: book.name,
    description: book.description ?? '',
    publisher: book.artistName ?? '',
    publishedDateTime: dateTime(book.createdAt),
    largeCover: null,
    createdDateTime: dateTime(book.createdAt),
    lastModifiedDateTime: dateTime(book.modifiedAt),
    informationUrl: book.storeUrl,
    privacyInformationUrl: null,
    vppTokenId: book.tokenId,
    appleId: book.tokenAppleId,
    vppOrganizationName: book.organizationName,
    genres: book.genres,
    language: null,
    seller: book.artistName,
    totalLicenseCount: book.owned ?? unlimited,
    usedLicenseCount: book.held + book.foreign,
    roleScopeTagIds: ['0'],
  };
}

/** An assignment as it is sent; properties this server has no use for are ignored. */
export const assignmentBody = Type.Object({
  installIntent: Type.String({ maxLength: 64 }),
  target: targetBody,
});

/** Apple licenses books to people alone. @throws Problem naming the field */
export function readAssignment(body: Type.Static<typeof assignmentBody>): AssignmentInput {
  return {
    intent: enumMember('installIntent', body.installIntent, ['available', 'required'] as const),
    target: readTarget(body.target),
    licenseType: 'user',
  };
}

export function assignmentEntity(row: AssignmentRow, version: Version): Entity {
  return {
    id: assignmentId(row),
    installIntent: row.intent,
    target: targetEntity(row, version),
  };
}
