import { parseArgs } from 'node:util';
import { foundOrganization, numberOf, openStage, uploadToken } from './stage.ts';

const titles = 300;
const pairsAtOnce = 25_000;

/**
 * The first sync of a location with many assignments, each page arriving after a delay: from the upload of the token
 * to the end of the sync. `ratio` compares it with the least that five pages at a time allow.
 */
export async function sync(args: readonly string[]): Promise<object> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      assignments: { type: 'string', default: '100000' },
      latency: { type: 'string', default: '50' },
    },
  });
  const assignments = numberOf('assignments', values.assignments);
  const latencyMs = numberOf('latency', values.latency);
  await using stage = await openStage({});
  const { uId } = await foundOrganization(stage);
  // Apple's 15 requests a second would be the measure otherwise, not the program.
  await stage.apple.post('/_control/settings', { limits: { maxRequestPerSecond: 10_000 } });
  const perTitle = Math.ceil(assignments / titles);
  const adamIds = Array.from({ length: titles }, (_, i) => String(7_100_000_001 + i));
  await stage.apple.post('/_control/titles', {
    titles: adamIds.map((adamId, i) => ({
      adamId,
      name: `Sync app ${i}`,
      bundleId: `org.example.sync.app${i}`,
    })),
  });
  await stage.apple.post('/_control/purchases', {
    uId,
    purchases: adamIds.map((adamId) => ({ adamId, quantity: perTitle + 10 })),
  });
  let left = assignments;
  for (let start = 0; start < titles; start += Math.max(1, Math.floor(pairsAtOnce / perTitle))) {
    const batch = adamIds.slice(start, start + Math.max(1, Math.floor(pairsAtOnce / perTitle)));
    await stage.apple.post('/_control/assignments', {
      uId,
      notify: false,
      assignments: batch.map((adamId) => {
        const count = Math.min(perTitle, left);
        left -= count;
        return {
          adamId,
          serialNumbers: Array.from(
            { length: Math.max(1, count) },
            (_, i) => `SYNC${String(i).padStart(8, '0')}`,
          ),
        };
      }),
    });
  }
  await stage.apple.post('/_control/settings', { latencyMs });
  const startedAt = performance.now();
  await uploadToken(stage, uId);
  const seconds = (performance.now() - startedAt) / 1000;
  const { total } = await stage.apple.get<{ total: Record<string, number> }>('/_control/counters');
  const pages = total['pages'] ?? 0;
  const { rows } = await stage.database.query<{ rows: number }>(
    'select count(*)::int as rows from library.license where present',
  );
  return {
    rows: rows[0]?.rows ?? 0,
    pages,
    seconds: Math.round(seconds * 100) / 100,
    ratio: Math.round((seconds / ((pages * latencyMs) / 5 / 1000)) * 100) / 100,
    peakRssMiB: await stage.peakRssMiB(),
  };
}
