import { queryOptions } from '@tanstack/react-query';
import { type Listing, type Page, get, post, postText } from './http.ts';

export interface Group {
  readonly id: string;
  readonly displayName: string;
  readonly description: string | null;
  /** Direct members by kind. */
  readonly people: number;
  readonly devices: number;
  readonly groups: number;
  readonly assignedApps: number;
}

/** A person as the Graph face answers; found to enroll a device for them. */
export interface Person {
  readonly id: string;
  readonly displayName: string;
  readonly userPrincipalName: string;
}

export type ImportKind = 'people' | 'devices' | 'groups';

export interface StagedImport {
  readonly id: string;
  readonly kind: ImportKind;
  readonly rows: number;
  readonly problems: readonly {
    readonly line: number;
    readonly field?: string | null;
    readonly message: string;
  }[];
  /** What confirming would do; null while there are problems. */
  readonly summary: ImportResult | null;
}

export interface ImportResult {
  readonly created: number;
  readonly updated: number;
  /** Groups the file names that were not there. */
  readonly groupsCreated: number;
}

export const groupsQuery = (search: string | undefined) =>
  queryOptions({
    queryKey: ['groups', search ?? ''],
    queryFn: async ({ signal }) => get<Page<Group>>('/api/groups', { search, top: 1000 }, signal),
  });

/** The people whose name or sign-in name holds the text; the first 20. */
export const peopleQuery = (search: string) =>
  queryOptions({
    queryKey: ['people', search],
    queryFn: async ({ signal }) =>
      (
        await get<Listing<Person>>(
          '/beta/users',
          { $search: search === '' ? undefined : `"${search.replaceAll('"', '')}"`, $top: 20 },
          signal,
        )
      ).value,
  });

/** Checks a CSV file; nothing is imported until it is confirmed. */
export async function stageImport(
  kind: ImportKind,
  file: { readonly name: string; readonly text: string },
): Promise<StagedImport> {
  const query = new URLSearchParams({ kind, fileName: file.name });
  return postText<StagedImport>(`/api/imports?${query}`, 'text/csv', file.text);
}

export async function confirmImport(id: string): Promise<ImportResult> {
  return post<ImportResult>(`/api/imports/${id}/confirm`);
}
