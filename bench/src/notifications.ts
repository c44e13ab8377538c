import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { JsonClient, until } from '@allotment/demo';
import { buyApps, enrollDevices, makeGroups, putIntoGroups } from './fleet.ts';
import { type Stage, foundOrganization, numberOf, openStage, uploadToken } from './stage.ts';

/** Apple puts so many elements into a notification at most. */
const elements = 100;
const devices = 2_000;
/** So many are on their way at once. */
const senders = 8;

/** One license of an event that waits for its outcome. */
interface Waiting {
  readonly eventId: string;
  readonly adamId: string;
  readonly serialNumber: string;
}

/**
 * How fast the outcomes of requests are taken in. Licenses are associated while Apple in a box keeps the outcomes to
 * itself; then they are delivered as fast as the server takes them, 100 in each notification. The time ends when every
 * license is held.
 */
export async function notifications(args: readonly string[]): Promise<object> {
  const { values } = parseArgs({
    args: [...args],
    options: { count: { type: 'string', default: '2000' } },
  });
  const count = numberOf('count', values.count);
  const apps = Math.ceil((count * elements) / devices);
  await using stage = await openStage({});
  const { uId } = await foundOrganization(stage);
  await buyApps(stage, uId, apps, devices);
  await uploadToken(stage, uId);
  await stage.apple.post('/_control/faults', {
    kind: 'notification.lost',
    scope: { type: 'ASSET_MANAGEMENT' },
  });
  const waiting = await associateAll(stage, apps);
  const bodies = notificationsOf(uId, waiting);
  const { url, bearer } = await subscription(stage, uId);
  const client = new JsonClient(url.origin, stage.ca, bearer);
  try {
    const startedAt = performance.now();
    await send(client, url.pathname, bodies);
    const sent = performance.now();
    await allHeld(stage, waiting.length);
    const seconds = (performance.now() - startedAt) / 1000;
    return {
      perSecond: Math.round(bodies.length / seconds),
      elementsPerSecond: Math.round(waiting.length / seconds),
      takenPerSecond: Math.round((bodies.length * 1000) / (sent - startedAt)),
      seconds: Math.round(seconds * 100) / 100,
      peakRssMiB: await stage.peakRssMiB(),
    };
  } finally {
    await client.close();
  }
}

/** Every device is to have every app. @returns what Apple was asked for */
async function associateAll(stage: Stage, apps: number): Promise<readonly Waiting[]> {
  await enrollDevices(stage, devices);
  const [groupId = ''] = await makeGroups(stage, 'Fleet ', 1);
  const everyone = Array.from({ length: devices }, (_, i) => i + 1);
  await putIntoGroups(stage, [{ groupId, devices: everyone }]);
  for (const app of await stage.allotment.apps()) {
    await stage.allotment.assignRequired(app.id, [groupId]);
  }
  await until(`${apps * devices} pairs at Apple`, 600_000, async () => {
    const { total } = await stage.apple.get<{ total: Record<string, number> }>(
      '/_control/counters',
    );
    return total['pairs'] === apps * devices ? true : undefined;
  });
  return until('every request to be accepted', 60_000, async () => {
    const { rows } = await stage.database.query<Waiting>(
      `select r.event_id as "eventId", a.adam_id as "adamId", h.key as "serialNumber"
       from grants.open_change c
       join associations.apple_request r on r.id = c.request_id and r.state = 'accepted'
       join library.asset a on a.id = c.asset_id join library.holder h on h.id = c.holder_id
       order by r.id, a.id, h.id`,
    );
    return rows.length === apps * devices ? rows : undefined;
  });
}

/** The notifications that Apple would send, each of one event, as text. */
function notificationsOf(uId: string, waiting: readonly Waiting[]): readonly string[] {
  return [...Map.groupBy(waiting, ({ eventId }) => eventId)].flatMap(([eventId, all]) =>
    Array.from({ length: Math.ceil(all.length / elements) }, (_, i) =>
      JSON.stringify({
        notificationId: randomUUID(),
        notificationType: 'ASSET_MANAGEMENT',
        uId,
        notification: {
          eventId,
          type: 'ASSOCIATE',
          result: 'SUCCESS',
          assignments: all
            .slice(i * elements, (i + 1) * elements)
            .map(({ adamId, serialNumber }) => ({ adamId, serialNumber, pricingParam: 'STDQ' })),
        },
      }),
    ),
  );
}

/** Where Apple sends notifications to and with which bearer: Apple tells who has the token. */
async function subscription(stage: Stage, uId: string): Promise<{ url: URL; bearer: string }> {
  const token = await stage.apple.text('/_control/tokens', { uId });
  const asOwner = new JsonClient(stage.simulator.url, stage.ca, token.trim());
  try {
    const config = await asOwner.get<{ notificationUrl: string; notificationAuthToken: string }>(
      '/mdm/v2/client/config',
    );
    return { url: new URL(config.notificationUrl), bearer: config.notificationAuthToken };
  } finally {
    await asOwner.close();
  }
}

async function send(client: JsonClient, path: string, bodies: readonly string[]): Promise<void> {
  const left = bodies.values();
  await Promise.all(
    Array.from({ length: senders }, async () => {
      for (const body of left) await client.postText(path, 'application/json', body);
    }),
  );
}

async function allHeld({ database }: Stage, pairs: number): Promise<void> {
  await until(
    `${pairs} licenses to be held`,
    600_000,
    async () => {
      const open = await database.query('select from grants.open_change limit 1');
      if (open.rowCount !== 0) return undefined;
      const { rows } = await database.query<{ held: number }>(
        'select count(*)::int as held from grants.demand where held',
      );
      return rows[0]?.held === pairs ? true : undefined;
    },
    50,
  );
}
