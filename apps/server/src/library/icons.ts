import { fetch } from 'undici';
import type { Context } from '../context.ts';
import { isTokenId } from './read-tokens.ts';

export interface Icon {
  readonly bytes: Buffer;
  /** A media type that browsers show as an image and never run. */
  readonly type: string;
}

const largestIcon = 1024 * 1024;
const timeoutMs = 10_000;
const imageTypes = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/gif']);

/**
 * The icon of an app, fetched from the store when first asked for and kept: browsers never call the store.
 *
 * @returns undefined when the app is unknown or the store shows no usable icon
 */
export async function appIcon(context: Context, appId: string): Promise<Icon | undefined> {
  if (!isTokenId(appId)) return undefined;
  const title = await context.db
    .selectFrom('library.app as app')
    .innerJoin('library.asset as asset', 'asset.id', 'app.assetId')
    .innerJoin('library.title as title', (join) =>
      join
        .onRef('title.locationUid', '=', 'asset.locationUid')
        .onRef('title.adamId', '=', 'asset.adamId'),
    )
    .select(['title.locationUid', 'title.adamId', 'title.icon', 'title.iconType', 'title.iconUrl'])
    .where('app.id', '=', appId)
    .executeTakeFirst();
  if (title === undefined || title.iconUrl === null) return undefined;
  if (title.icon !== null && title.iconType !== null) {
    return { bytes: title.icon, type: title.iconType };
  }
  const icon = await fetchIcon(context, title.iconUrl);
  if (icon === undefined) return undefined;
  await context.db
    .updateTable('library.title')
    .set({ icon: icon.bytes, iconType: icon.type })
    .where('locationUid', '=', title.locationUid)
    .where('adamId', '=', title.adamId)
    .where('iconUrl', '=', title.iconUrl)
    .execute();
  return icon;
}

async function fetchIcon(context: Context, address: string): Promise<Icon | undefined> {
  const url = new URL(address);
  const { catalogUrl } = context.config.apple;
  if (url.protocol !== 'https:' && url.origin !== catalogUrl.origin) return undefined;
  try {
    const response = await fetch(url, {
      dispatcher: context.appleDispatcher,
      redirect: 'error',
      headers: { accept: [...imageTypes].join(', ') },
      signal: AbortSignal.any([context.signal, AbortSignal.timeout(timeoutMs)]),
    });
    const type = response.headers.get('content-type')?.split(';')[0]?.trim() ?? '';
    if (!response.ok || response.body === null || !imageTypes.has(type)) {
      await response.body?.cancel();
      return undefined;
    }
    const bytes = await readAtMost(response.body, largestIcon);
    return bytes === undefined ? undefined : { bytes, type };
  } catch (error) {
    context.log.debug({ err: error }, 'an icon could not be fetched');
    return undefined;
  }
}

async function readAtMost(
  body: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
