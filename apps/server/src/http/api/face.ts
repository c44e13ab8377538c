import { Type } from 'typebox';
import type { Context } from '../../context.ts';
import type { TypedApp } from '../typed-app.ts';

/** What every operation is registered on. */
export interface Face {
  readonly app: TypedApp;
  readonly context: Context;
}

/** A page of a list: 100 rows unless asked for others, 1,000 at most. */
export const pageQuery = Type.Object({
  top: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  skip: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_000_000_000 })),
});

export const searchQuery = Type.Object({
  ...pageQuery.properties,
  search: Type.Optional(Type.String({ maxLength: 256 })),
});

export interface Page {
  readonly top: number;
  readonly skip: number;
}

export function pageOf(query: { readonly top?: number; readonly skip?: number }): Page {
  return { top: query.top ?? 100, skip: query.skip ?? 0 };
}

/** A text to look for, as a pattern for `ilike`; null when there is none. */
export function patternOf(search: string | undefined): string | null {
  const text = search?.trim() ?? '';
  return text === '' ? null : `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}
