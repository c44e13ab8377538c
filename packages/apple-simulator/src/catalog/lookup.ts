import type { FastifyInstance, FastifyReply } from 'fastify';

import { backgroundColor, drawIcon } from './artwork.ts';
import { contentTokenOf, isVisible, journalVisit, type Store, strikeVisit } from './store.ts';
import type { CatalogTitle } from './title.ts';

export const LOOKUP_PATH = '/WebObjects/MZStorePlatform.woa/wa/lookup';
const ARTWORK_SIZES = [60, 120, 512];
const MAXIMUM_SIZE = 1024;

/** The legacy lookup (protocol reference 2.2) and the pictures it points to. */
export function registerLookup(app: FastifyInstance, store: Store): void {
  const { core, catalog } = store;
  app.get(LOOKUP_PATH, async (request, reply) => {
    core.counters.add('lookupRequests');
    const refused = await strikeVisit(store, LOOKUP_PATH);
    if (refused) {
      if (refused.retryAfter !== undefined) reply.header('retry-after', refused.retryAfter);
      return reply.code(refused.status).send();
    }
    const { id = '', cc = 'us' } = request.query as Record<string, string | undefined>;
    const token = contentTokenOf(request.headers.cookie);
    const visitor = {
      storefront: cc,
      holder: token === undefined ? undefined : store.holderOf(token),
    };
    const ids = id.split(',').map((adamId) => adamId.trim());
    const titles = ids
      .flatMap((adamId) => catalog.title(adamId) ?? [])
      .filter((title) => isVisible(title, visitor));
    journalVisit(
      store,
      LOOKUP_PATH,
      visitor,
      ids,
      titles.map(({ adamId }) => adamId),
    );
    const origin = `${request.protocol}://${request.host}`;
    return {
      results: Object.fromEntries(titles.map((title) => [title.adamId, lockup(title, origin)])),
      version: 2,
      isAuthenticated: false,
    };
  });
  app.get('/artwork/:adamId/:file', (request, reply) => {
    const { adamId, file } = request.params as { adamId: string; file: string };
    return sendIcon(catalog.title(adamId), file, reply);
  });
}

function lockup(title: CatalogTitle, origin: string): object {
  const offer = {
    version: { display: title.version, externalId: title.externalVersionId },
    assets: [{ flavor: title.kind === 'app' ? 'iosSoftware' : 'plus', size: title.sizeBytes }],
    price: title.free ? 0 : 9.99,
    priceFormatted: title.free ? 'Free' : '$9.99',
    type: title.free ? 'get' : 'buy',
  };
  return {
    id: title.adamId,
    name: title.name,
    artistName: title.developer,
    artwork: artwork(title, origin),
    genreNames: [title.genre],
    genres: [{ name: title.genre }],
    kind: kindOf(title),
    offers: [offer],
    url: `${origin}/store/${title.kind}/id${title.adamId}`,
    ...(title.kind === 'app' && {
      bundleId: title.bundleId,
      deviceFamilies: title.families,
      minimumOSVersion: title.minimumOsVersion,
      isB2BCustomApp: title.custom,
      isVppDeviceBasedLicensingEnabled: title.deviceAssignable,
    }),
  };
}

function kindOf({ kind, families }: CatalogTitle): string {
  if (kind === 'book') return 'ebook';
  return families.length === 1 && families[0] === 'mac' ? 'desktopApp' : 'iosSoftware';
}

/** Apple describes artwork in two forms: a list of sizes, or a template to fill in. Here the Adam ID decides. */
function artwork(title: CatalogTitle, origin: string): object {
  const base = `${origin}/artwork/${title.adamId}`;
  if (Number(title.adamId) % 2 === 0) {
    return ARTWORK_SIZES.map((size) => ({
      url: `${base}/${size}x${size}.png`,
      width: size,
      height: size,
    }));
  }
  return {
    url: `${base}/{w}x{h}{c}.{f}`,
    width: MAXIMUM_SIZE,
    height: MAXIMUM_SIZE,
    bgColor: backgroundColor(title),
  };
}

function sendIcon(
  title: CatalogTitle | undefined,
  file: string,
  reply: FastifyReply,
): FastifyReply {
  const width = Number(/^(\d{1,4})x\d{1,4}[a-z-]{0,4}\.(?:png|jpe?g|webp)$/u.exec(file)?.[1]);
  if (title === undefined || !(width >= 1)) return reply.code(404).send();
  return reply
    .type('image/png')
    .header('cache-control', 'public, max-age=86400')
    .send(drawIcon(title, Math.min(width, MAXIMUM_SIZE)));
}
