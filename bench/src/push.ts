import { parseArgs } from 'node:util';
import { until } from '@allotment/demo';
import { enrollDevices } from './fleet.ts';
import { instanceOf } from './instance.ts';
import { type Stage, numberOf, openStage } from './stage.ts';

/**
 * A burst: all devices of a fleet are to be woken at once. The time ends when Apple in a box has taken the last push
 * and the server has written that down.
 */
export async function push(args: readonly string[]): Promise<object> {
  const { values } = parseArgs({
    args: [...args],
    options: { devices: { type: 'string', default: instanceOf('push')('devices') } },
  });
  const devices = numberOf('devices', values.devices);
  await using stage = await openStage({});
  const certificate = await stage.apple.post<{ certificate: string; key: string; topic: string }>(
    '/_control/push-certificates',
    {},
  );
  await stage.allotment.uploadPushCertificate(certificate);
  await enrollSleepers(stage, devices, certificate.topic);
  const before = await stage.cpuSeconds();
  const startedAt = performance.now();
  await stage.database.query(
    'insert into devices.push (enrollment_id, wanted_since, due_at) select id, now(), now() from devices.enrollment',
  );
  await until(
    `${devices} pushes`,
    600_000,
    async () => {
      const { rows } = await stage.database.query<{ sent: number }>(
        `select count(*)::int as sent from devices.push where last_result = 'delivered'`,
      );
      return rows[0]?.sent === devices ? true : undefined;
    },
    50,
  );
  const seconds = (performance.now() - startedAt) / 1000;
  const cpu = (await stage.cpuSeconds()) - before;
  return {
    seconds: Math.round(seconds * 100) / 100,
    perSecond: Math.round(devices / seconds),
    serverCpuMs: Math.round((cpu * 1e5) / devices) / 100,
    peakRssMiB: await stage.peakRssMiB(),
  };
}

/** Devices that have enrolled and have a token, and never come. */
async function enrollSleepers(stage: Stage, count: number, topic: string): Promise<void> {
  await enrollDevices(stage, count);
  const { tokens } = await stage.apple.post<{ tokens: string[] }>('/_control/push-tokens', {
    topic,
    count,
  });
  await stage.database.query(
    `insert into devices.enrollment (certificate_sha256, device_id, udid, state, topic, push_token, push_magic, token_updated_at, created_at)
     select d.serial_number, d.id, d.serial_number, 'enrolled', $2, decode(t.token, 'hex'), 'magic', now(), now()
     from (select *, row_number() over (order by serial_number) as n from devices.device) d
     join unnest($1::text[]) with ordinality t (token, n) on t.n = d.n`,
    [tokens, topic],
  );
}
