import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { JsonClient, until } from '@allotment/demo';
import { Pool } from 'undici';
import { buyApps, enrollDevices, makeGroups, putIntoGroups } from './fleet.ts';
import { type Stage, foundOrganization, numberOf, openStage, uploadToken } from './stage.ts';

/** Apple puts so many elements into a notification at most. */
const elements = 100;
const devices = 2_000;

/** One license of an event that waits for its outcome. */
interface Waiting {
  readonly eventId: string;
  readonly adamId: string;
  readonly serialNumber: string;
}

/**
 * How fast the outcomes of requests are taken in. Licenses are associated while Apple in a box keeps the outcomes to
 * itself; then they are delivered as fast as the server takes them, 100 in each notification. They are applied when every
 * license is held and no change is open any more; the installations are planned in another room after that, when every
 * device has been told of every app. The sender shares the processors with the server: what it took is told, too.
 */
export async function notifications(args: readonly string[]): Promise<object> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      count: { type: 'string', default: '2000' },
      senders: { type: 'string', default: '8' },
    },
  });
  const count = numberOf('count', values.count);
  const senders = numberOf('senders', values.senders);
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
  const began = await mark(stage);
  await send(stage, url, bearer, bodies, senders);
  const sent = await mark(stage);
  await allHeld(stage, waiting.length);
  const applied = await mark(stage);
  await allPlanned(stage, waiting.length);
  const planned = await mark(stage);
  const perSecond = (what: number, { at }: Mark): number =>
    Math.round((what * 1000) / (at - began.at));
  return {
    perSecond: perSecond(bodies.length, applied),
    elementsPerSecond: perSecond(waiting.length, applied),
    takenPerSecond: perSecond(bodies.length, sent),
    plannedPerSecond: perSecond(bodies.length, planned),
    seconds: rounded((applied.at - began.at) / 1000),
    plannedSeconds: rounded((planned.at - began.at) / 1000),
    cpuSeconds: {
      server: rounded(applied.server - began.server),
      database: rounded(applied.database - began.database),
      sender: rounded(applied.sender - began.sender),
      planning: rounded(planned.server + planned.database - applied.server - applied.database),
    },
    peakRssMiB: await stage.peakRssMiB(),
  };
}

/** A moment, and what each process has computed until then, in seconds. */
interface Mark {
  readonly at: number;
  readonly server: number;
  readonly database: number;
  readonly sender: number;
}

async function mark(stage: Stage): Promise<Mark> {
  const { user, system } = process.cpuUsage();
  const [server, database] = await Promise.all([stage.cpuSeconds(), stage.databaseCpuSeconds()]);
  return { at: performance.now(), server, database, sender: (user + system) / 1e6 };
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

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

/** Sends with as little work as can be: one connection a sender, nothing made of the answers but whether they are good. */
async function send(
  { ca }: Stage,
  url: URL,
  bearer: string,
  bodies: readonly string[],
  senders: number,
): Promise<void> {
  const pool = new Pool(url.origin, { connections: senders, connect: { ca } });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${bearer}` };
  const left = bodies.values();
  try {
    await Promise.all(
      Array.from({ length: senders }, async () => {
        for (const body of left) {
          const answer = await pool.request({ path: url.pathname, method: 'POST', headers, body });
          await answer.body.dump();
          if (answer.statusCode !== 204)
            throw new Error(`A notification was answered ${answer.statusCode}.`);
        }
      }),
    );
  } finally {
    await pool.close();
  }
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

async function allPlanned({ database }: Stage, pairs: number): Promise<void> {
  await until(
    `${pairs} installations to be planned`,
    600_000,
    async () => {
      const { rowCount } = await database.query(
        `select from db.note where room = 'delivery' limit 1`,
      );
      if (rowCount !== 0) return undefined;
      const { rows } = await database.query<{ planned: number }>(
        'select count(*)::int as planned from delivery.task',
      );
      return rows[0]?.planned === pairs ? true : undefined;
    },
    50,
  );
}
