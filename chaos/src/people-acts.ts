import type { Act } from './act.ts';
import { handOver, leave } from './people.ts';

/** A device gets another owner, who never had it before: what had been asked for there was the last one's wish. */
export const handOn: Act = async (stage, organization, random) => {
  const { devices, people, owners } = organization;
  if (people.length === 0) return;
  const device = random.pick(devices);
  const person = random.pick(people);
  if (!person.left && !owners.had(device.serialNumber, person))
    await handOver(stage, organization, device, person);
};

export const takeAway: Act = async (stage, organization, random) => {
  const owned = organization.devices.filter(({ owner }) => owner !== undefined);
  if (owned.length > 0) await handOver(stage, organization, random.pick(owned), undefined);
};

/** Somebody leaves the organization; two stay at least. */
export const someoneLeaves: Act = async (stage, organization, random) => {
  const there = organization.people.filter(({ left }) => !left);
  if (there.length > 2) await leave(stage, organization, random.pick(there));
};

/** Somebody asks for an app on a device of theirs; most often it is not Available to them, and refused. */
export const ask: Act = async (stage, { apps, devices }, random) => {
  const offered = apps.filter(({ wishes }) =>
    [...wishes.values()].some(({ intent }) => intent === 'available'),
  );
  const owned = devices.filter(({ owner }) => owner !== undefined);
  if (offered.length === 0 || owned.length === 0) return;
  const app = random.pick(offered);
  const { id: deviceId, serialNumber, owner } = random.pick(owned);
  await stage.api.text('POST', `/api/apps/${app.id}/requests`, { deviceId, personId: owner?.id });
  app.asked.set(serialNumber, 'asked');
};

export const withdraw: Act = async (stage, { apps, devices }, random) => {
  const asked = apps.flatMap((app) =>
    devices.filter((one) => app.asked.has(one.serialNumber)).map((device) => ({ app, device })),
  );
  if (asked.length === 0) return;
  const { app, device } = random.pick(asked);
  await stage.api.text('DELETE', `/api/apps/${app.id}/requests/${device.id}`);
  app.asked.delete(device.serialNumber);
};
