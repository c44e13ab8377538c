import { fetch } from 'undici';
import type { Context } from '../context.ts';
import { hint } from '../db/hints.ts';
import { isInnerHost } from './public-lookup.ts';

const largestIcon = 1024 * 1024;
const timeoutMs = 10_000;
/** What browsers show as an image and never run. */
const imageTypes = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/gif']);

const atOnce = 4;
/** An icon that could not be had is tried again after a day. */
const tryAgainMs = 24 * 60 * 60_000;

/**
 * Fetches a few icons that are missing and keeps them, so that browsers never call the store.
 *
 * @returns whether more may be missing
 */
export async function fetchIcons(context: Context, signal: AbortSignal): Promise<boolean> {
  const now = context.clock.now();
  const missing = await context.db
    .selectFrom('library.title')
    .select(['locationUid', 'adamId', 'iconUrl'])
    .where('icon', 'is', null)
    .where('iconUrl', 'is not', null)
    .where((one) =>
      one.or([
        one('iconTriedAt', 'is', null),
        one('iconTriedAt', '<', new Date(now.getTime() - tryAgainMs)),
      ]),
    )
    // Licenses first: a location that is being synced gets its icons afterwards.
    .where((one) =>
      one.not(
        one.exists(
          one
            .selectFrom('library.sync as sync')
            .innerJoin('library.token as token', 'token.id', 'sync.tokenId')
            .select('sync.id')
            .where('sync.state', '=', 'running')
            .whereRef('token.locationUid', '=', 'library.title.locationUid'),
        ),
      ),
    )
    .limit(atOnce)
    .execute();
  await Promise.all(
    missing.map(async ({ locationUid, adamId, iconUrl }) => {
      const icon = iconUrl === null ? undefined : await fetchIcon(context, iconUrl, signal);
      await context.db
        .updateTable('library.title')
        .set({ icon: icon?.bytes ?? null, iconType: icon?.type ?? null, iconTriedAt: now })
        .where('locationUid', '=', locationUid)
        .where('adamId', '=', adamId)
        .where('iconUrl', '=', iconUrl)
        .execute();
    }),
  );
  if (missing.length > 0) await hint(context.db, 'apps');
  return missing.length === atOnce;
}

/**
 * Fetches an icon from where the catalog says it is. That may be anywhere, so only the configured catalog's own host is
 * called wherever it stands; others are called on the public internet, over https, and without following them elsewhere.
 *
 * @returns undefined when there is none to be had
 */
async function fetchIcon(
  context: Context,
  address: string,
  signal: AbortSignal,
): Promise<{ readonly bytes: Buffer; readonly type: string } | undefined> {
  const url = new URL(address);
  const isConfigured = url.origin === context.config.apple.catalogUrl.origin;
  if (!isConfigured && (url.protocol !== 'https:' || isInnerHost(url))) return undefined;
  try {
    const response = await fetch(url, {
      dispatcher: isConfigured ? context.appleDispatcher : context.publicDispatcher,
      redirect: 'error',
      headers: { accept: [...imageTypes].join(', ') },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const type = response.headers.get('content-type')?.split(';')[0]?.trim() ?? '';
    if (!response.ok || response.body === null || !imageTypes.has(type)) {
      await response.body?.cancel();
      return undefined;
    }
    const bytes = await readAtMost(response.body, largestIcon);
    return bytes === undefined ? undefined : { bytes, type };
  } catch (error) {
    if (signal.aborted) throw error;
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
