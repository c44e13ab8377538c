import { parseConnect, writePlist } from '@allotment/device-management';
import { type RawBuilder, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cancelUnsent, type Guard, handleConnect } from '../../src/devices/index.ts';
import { type Mdm, openMdm } from './support/mdm.ts';
import { commandRow, enrolled, install, notesAbout, queue, signerOf } from './support/queue.ts';

let mdm: Mdm;
let serial = 100;
beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

const gate = 4_711;
const installs = (holds: RawBuilder<boolean>): Guard => ({
  holds: { InstallApplication: holds },
  complete: {},
});
const open = installs(sql`true`);
/** Its answer comes when nobody holds the gate. */
const gated = installs(sql`pg_advisory_xact_lock(${sql.lit(gate)})::text is not null`);

/** A device with installs waiting, and its way to connect. */
async function waitingFor(adamIds: readonly string[]) {
  const { device, deviceId } = await enrolled(mdm, `C02QUIK${(serial += 1)}`);
  const ids = await queue(mdm, deviceId, ...adamIds.map(install));
  const signer = await signerOf(mdm, deviceId);
  const connect = async (guard: Guard, message: Readonly<Record<string, string>>) => {
    const body = writePlist({ UDID: device.udid, ...message });
    const told = await handleConnect(mdm.context, signer, parseConnect(body), guard);
    return /<key>CommandUUID<\/key>\s*<string>([^<]+)/.exec(String(told))?.[1];
  };
  return {
    ids,
    ask: async (guard: Guard) => connect(guard, { Status: 'Idle' }),
    answer: async (guard: Guard, id: string | undefined) =>
      connect(guard, { Status: 'Acknowledged', CommandUUID: id ?? '' }),
  };
}

/** Does something after a turn has read and before it writes. */
async function meanwhile<Told>(turn: () => Promise<Told>, act: () => Promise<void>): Promise<Told> {
  const running = await mdm.context.db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${gate})`.execute(trx);
    const told = turn();
    await whenWaiting('advisory');
    await act();
    return { told };
  });
  return running.told;
}

async function whenWaiting(event: string): Promise<void> {
  await vi.waitFor(async () => {
    const { rowCount } = await mdm.context.pool.query(
      `select from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and wait_event = $1`,
      [event],
    );
    expect(rowCount).toBeGreaterThan(0);
  });
}

describe('between reading and writing of a turn', () => {
  it('the next command is taken back: it is not handed out, and the answer is stored once', async () => {
    const { ids, ask, answer } = await waitingFor(['1', '2', '3']);
    const [given = '', takenBack = '', other] = ids;
    expect(await ask(open)).toBe(given);
    const told = await meanwhile(
      async () => answer(gated, given),
      async () => {
        await mdm.context.db
          .transaction()
          .execute(async (trx) => cancelUnsent(trx, [takenBack], mdm.clock.now()));
      },
    );
    expect(told).toBe(other);
    expect(await commandRow(mdm, takenBack)).toMatchObject({ state: 'canceled', deliveries: 0 });
    expect(await commandRow(mdm, given)).toMatchObject({ state: 'acknowledged' });
    expect(await notesAbout(mdm, given)).toBe(1);
  });

  it('the same answer comes on a second connection, which waits and stores nothing', async () => {
    const { ids, ask, answer } = await waitingFor(['1', '2']);
    const [given = '', after = ''] = ids;
    expect(await ask(open)).toBe(given);
    let second: Promise<string | undefined> | undefined;
    const told = await meanwhile(
      async () => answer(gated, given),
      async () => {
        second = answer(open, given);
        await whenWaiting('transactionid');
      },
    );
    expect([told, await second]).toEqual([after, after]);
    expect(await notesAbout(mdm, given)).toBe(1);
    expect(await commandRow(mdm, after)).toMatchObject({ state: 'sent', deliveries: 2 });
  });

  it('a command is queued: nothing waits, and the next turn hands it out', async () => {
    const { device, deviceId } = await enrolled(mdm, `C02QUIK${(serial += 1)}`);
    const [given = ''] = await queue(mdm, deviceId, install('1'));
    const signer = await signerOf(mdm, deviceId);
    const idle = parseConnect(writePlist({ UDID: device.udid, Status: 'Idle' }));
    let late: readonly string[] = [];
    const told = await meanwhile(
      async () => handleConnect(mdm.context, signer, idle, gated),
      async () => {
        late = await queue(mdm, deviceId, install('2'));
      },
    );
    expect(String(told)).toContain(given);
    const reply = await device.connect({ Status: 'Acknowledged', CommandUUID: given });
    expect(reply.told?.id).toBe(late[0]);
  });
});

describe('a turn out of the ordinary', () => {
  it('ends what does not hold any more, stores the answer, and hands out what holds', async () => {
    const { ids, ask, answer } = await waitingFor(['1', '2', '3']);
    const [given = '', lost = '', other] = ids;
    expect(await ask(open)).toBe(given);
    const told = await answer(installs(sql`command.id <> ${lost}::uuid`), given);
    expect(told).toBe(other);
    expect(await commandRow(mdm, lost)).toMatchObject({ state: 'canceled' });
    expect(await notesAbout(mdm, lost)).toBe(1);
    expect(await notesAbout(mdm, given)).toBe(1);
  });
});
