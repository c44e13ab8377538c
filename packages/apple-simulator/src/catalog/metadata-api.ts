import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { DeveloperKeys } from './developer-keys.ts';
import { resourceOf } from './metadata-attributes.ts';
import {
  contentTokenOf,
  isVisible,
  journalVisit,
  type Store,
  strikeVisit,
  type Visitor,
} from './store.ts';
import type { CatalogTitle } from './title.ts';

const PLATFORMS = ['iphone', 'ipad', 'mac', 'appletv', 'realityDevice', 'web'];
const MAXIMUM_IDS = 150;
const STOREFRONTS: readonly (readonly [id: string, name: string, languages: readonly string[]])[] =
  [
    ['us', 'United States', ['en-US', 'es-MX']],
    ['gb', 'United Kingdom', ['en-GB']],
    ['de', 'Germany', ['de-DE', 'en-GB']],
    ['fr', 'France', ['fr-FR', 'en-GB']],
    ['it', 'Italy', ['it', 'en-GB']],
    ['es', 'Spain', ['es-ES', 'ca', 'en-GB']],
    ['cn', 'China mainland', ['zh-Hans-CN', 'en-GB']],
  ];

/** A refusal in the form of the metadata API. */
class MetadataError extends Error {
  override readonly name = 'MetadataError';
  readonly status: number;
  readonly code: string;
  readonly retryAfter: number | undefined;

  constructor(status: number, code: string, detail: string, retryAfter?: number) {
    super(detail);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** Which titles an operation is about. */
interface Kinds {
  readonly kinds: readonly CatalogTitle['kind'][];
  /** Needs the content token of a location in a cookie, and shows what only that location sees. */
  readonly withToken: boolean;
  /** Names of the query parameters with the ids. */
  readonly idsIn: readonly string[];
  readonly needsPlatform?: true;
}

const LISTS: Readonly<Record<string, Kinds>> = {
  'stoken-authenticated-apps': {
    kinds: ['app'],
    withToken: true,
    idsIn: ['ids'],
    needsPlatform: true,
  },
  'stoken-authenticated-books': { kinds: ['book'], withToken: true, idsIn: ['ids'] },
  'stoken-authenticated-purchases': {
    kinds: ['app', 'book'],
    withToken: true,
    idsIn: ['ids[apps]', 'ids[books]', 'ids[in-apps]'],
  },
  apps: { kinds: ['app'], withToken: false, idsIn: ['ids'] },
  books: { kinds: ['book'], withToken: false, idsIn: ['ids'] },
};

/** The Apps and Books metadata API below `/v1` (protocol reference 2.1). */
export function registerMetadataApi(app: FastifyInstance, store: Store, keys: DeveloperKeys): void {
  app.register(
    (scope, _options, done) => {
      scope.addHook('onRequest', async (request) => {
        store.core.counters.add('metadataRequests');
        const refused = await strikeVisit(store, pathOf(request));
        if (refused) {
          const { status, retryAfter } = refused;
          throw new MetadataError(status, `${status}00`, 'Refused on demand.', retryAfter);
        }
        if (!keys.accepts(request.headers.authorization)) {
          throw new MetadataError(401, '40100', 'The developer token is not valid.');
        }
      });
      scope.setErrorHandler((error, _request, reply) => answerError(store, error, reply));
      scope.get('/test', () => ({}));
      scope.get('/storefronts', () => ({ data: STOREFRONTS.map(storefront) }));
      scope.get('/storefronts/:id', (request) => {
        const { id } = request.params as { id: string };
        const found = STOREFRONTS.find(([name]) => name === id);
        if (found === undefined) throw notFound();
        return { data: [storefront(found)] };
      });
      for (const [name, list] of Object.entries(LISTS)) {
        scope.get(`/catalog/:storefront/${name}`, (request) => answerList(store, list, request));
      }
      for (const name of ['apps', 'books'] as const) {
        scope.get(`/catalog/:storefront/${name}/:id`, (request) => {
          const { id } = request.params as { id: string };
          const answer = answerTitles(store, LISTS[name]?.kinds ?? [], request, [id]);
          if (answer.data.length === 0) throw notFound();
          return answer;
        });
      }
      done();
    },
    { prefix: '/v1' },
  );
}

function answerList(store: Store, list: Kinds, request: FastifyRequest): object {
  const query = request.query as Record<string, string | undefined>;
  const ids = list.idsIn.flatMap((name) => query[name]?.split(',') ?? []).filter(Boolean);
  const token = contentTokenOf(request.headers.cookie);
  const holder = token === undefined ? undefined : store.holderOf(token);
  if (list.withToken && (holder === undefined || ids.length === 0)) {
    const detail = 'Invalid Stoken or Empty/Null ids Request Parameter';
    throw new MetadataError(403, '40300', detail);
  }
  if (ids.length === 0) throw new MetadataError(400, '40005', 'ids: name at least one.');
  if (ids.length > MAXIMUM_IDS)
    throw new MetadataError(400, '40007', `ids: at most ${MAXIMUM_IDS}.`);
  if (list.needsPlatform && !PLATFORMS.includes(query['platform'] ?? '')) {
    throw new MetadataError(400, '40005', `platform: one of ${PLATFORMS.join(', ')}.`);
  }
  return answerTitles(store, list.kinds, request, ids, holder);
}

/** The titles that the visitor sees, in the order asked for; those missing are left out. */
function answerTitles(
  store: Store,
  kinds: Kinds['kinds'],
  request: FastifyRequest,
  ids: readonly string[],
  holder?: Visitor['holder'],
): { data: object[] } {
  const { storefront } = request.params as { storefront: string };
  const visitor = { storefront, holder };
  const titles = ids
    .flatMap((adamId) => store.catalog.title(adamId) ?? [])
    .filter((title) => kinds.includes(title.kind) && isVisible(title, visitor));
  const found = titles.map(({ adamId }) => adamId);
  journalVisit(store, pathOf(request), visitor, ids, found);
  const origin = `${request.protocol}://${request.host}`;
  return { data: titles.map((title) => resourceOf(title, storefront, origin)) };
}

function storefront([id, name, supportedLanguageTags]: (typeof STOREFRONTS)[number]): object {
  return {
    id,
    type: 'storefronts',
    href: `/v1/storefronts/${id}`,
    attributes: { name, defaultLanguageTag: supportedLanguageTags[0], supportedLanguageTags },
  };
}

function notFound(): MetadataError {
  return new MetadataError(404, '40400', 'No related resources.');
}

function answerError({ core }: Store, error: unknown, reply: FastifyReply): FastifyReply {
  const refusal =
    error instanceof MetadataError ? error : new MetadataError(500, '50000', String(error));
  const { status, code, message: detail, retryAfter } = refusal;
  core.journal.write('catalog.refused', { status, code, detail });
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  const id = `METADATA${core.journal.last}`;
  return reply.code(status).send({
    errors: [{ id, status: String(status), code, title: STATUS_TITLES[status] ?? 'Error', detail }],
  });
}

const STATUS_TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
};

function pathOf(request: FastifyRequest): string {
  return request.url.split('?')[0] ?? '';
}
