/** Part of a list, with the number in all. */
export interface Page<T> {
  readonly count: number;
  readonly value: readonly T[];
}

export interface Listing<T> {
  readonly value: readonly T[];
}

/** The server refused, or could not be reached (`status` 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Stable, for programs. */
  readonly code: string;
  /** The field of the request that is at fault. */
  readonly field: string | undefined;
  /** With a 401 only: there is no administrator yet. */
  readonly firstStart: boolean;

  constructor(
    status: number,
    told: {
      readonly code: string;
      readonly message: string;
      readonly field?: string | undefined;
      readonly firstStart?: boolean | undefined;
    },
  ) {
    super(told.message);
    this.status = status;
    this.code = told.code;
    this.field = told.field;
    this.firstStart = told.firstStart ?? false;
  }
}

export type Query = Readonly<Record<string, string | number | undefined>>;

export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  const text = searchOf(query);
  return ask<T>(text === '' ? path : `${path}?${text}`, { signal: signal ?? null });
}

export async function post<T = void>(
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  return ask<T>(path, { method: 'POST', signal: signal ?? null, ...json(body) });
}

export async function put<T = void>(path: string, body: unknown): Promise<T> {
  return ask<T>(path, { method: 'PUT', ...json(body) });
}

export async function patch(path: string, body: unknown): Promise<void> {
  await ask(path, { method: 'PATCH', ...json(body) });
}

export async function remove(path: string): Promise<void> {
  await ask(path, { method: 'DELETE' });
}

export async function postText<T>(path: string, type: string, body: string): Promise<T> {
  return ask<T>(path, { method: 'POST', headers: { 'content-type': type }, body });
}

/** A whole list, page by page; for lists that have thousands of rows at most. */
export async function getAll<T>(path: string, signal: AbortSignal): Promise<readonly T[]> {
  const pages: Page<T>[] = [];
  for (let skip: number | undefined = 0; skip !== undefined;) {
    const page: Page<T> = await get<Page<T>>(path, { top: 1000, skip }, signal);
    pages.push(page);
    skip = nextSkip(page, pages);
  }
  return pages.flatMap((page) => page.value);
}

/** Where the next page of a list begins; undefined after the last one. */
export function nextSkip<T>(last: Page<T>, pages: readonly Page<T>[]): number | undefined {
  const read = pages.reduce((sum, page) => sum + page.value.length, 0);
  return last.value.length > 0 && read < last.count ? read : undefined;
}

function searchOf(query: Query): string {
  const filled = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return new URLSearchParams(filled).toString();
}

function json(body: unknown): RequestInit {
  if (body === undefined) return {};
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  const response = await reach(path, init);
  if (!response.ok) throw await errorOf(response);
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { ...init, credentials: 'same-origin' });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new ApiError(0, {
      code: 'unreachable',
      message: 'The server cannot be reached. Check that it runs and that you are online.',
    });
  }
}

async function errorOf(response: Response): Promise<ApiError> {
  const told = readError(await response.text());
  return new ApiError(response.status, {
    code: told.code ?? `http${response.status}`,
    message: told.message ?? `The server answered ${response.status} without saying why.`,
    field: told.field,
    firstStart: told.firstStart,
  });
}

interface Told {
  readonly code?: string;
  readonly message?: string;
  readonly field?: string;
  readonly firstStart?: boolean;
}

/** `/api` and the Graph face both answer `{"error": {"code", "message"}}`; a proxy between may answer HTML. */
function readError(text: string): Told {
  if (!text.startsWith('{')) return {};
  const body = JSON.parse(text) as { readonly error?: Told; readonly firstStart?: boolean };
  const { code, message, field } = body.error ?? {};
  return {
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
    ...(field === undefined ? {} : { field }),
    ...(body.firstStart === undefined ? {} : { firstStart: body.firstStart }),
  };
}
