import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { StagePeople } from '../associations/support/people.ts';
import { FleetStage } from '../support/fleet-stage.ts';

const pride = '1900000001';

interface Holder {
  readonly license: { readonly state: string };
  readonly devices: readonly {
    readonly state: string;
    readonly reason: { readonly cause: string; readonly next: string } | null;
  }[];
}

let stage: FleetStage;
let people: StagePeople;
let bookId: string;

beforeAll(async () => {
  stage = await FleetStage.open();
  people = new StagePeople(stage);
  const { api } = stage.harness;
  await stage.buy([{ adamId: pride, quantity: 5 }]);
  const [token] = (await api.get<{ value: { id: string }[] }>('/api/tokens')).value;
  await api.post(`/beta/deviceAppManagement/vppTokens/${token?.id}/syncLicenses`);
  bookId = await vi.waitFor(
    async () => {
      const { value } = await api.get<{ value: { id: string }[] }>('/api/books');
      const id = value[0]?.id;
      if (id === undefined) throw new Error('the book was not synced yet');
      return id;
    },
    { timeout: 60_000, interval: 50 },
  );
});
afterAll(async () => stage[Symbol.asyncDispose]());

/** Somebody with a device who is to have the book. */
async function reader(name: string, traits: Readonly<Record<string, unknown>>) {
  const whoAtApple = await people.withAccount(`${name}@example.com`);
  const personId = await people.organization.person(name);
  const serialNumber = await stage.device({ personId: whoAtApple, ...traits }, { personId });
  const groupId = await people.organization.group();
  await people.organization.join(groupId, { personId });
  await stage.harness.api.put(`/api/books/${bookId}/assignments`, {
    assignments: [{ target: { kind: 'group', groupId }, intent: 'required', licenseType: 'user' }],
  });
  return { serialNumber, personId, whoAtApple };
}

/** How the license of the one who is to have the book stands, and the book on their device. */
async function holder(name: string): Promise<Holder | undefined> {
  const { value } = await stage.harness.api.get<{
    value: (Holder & { userPrincipalName: string })[];
  }>(`/api/books/${bookId}/people`);
  return value.find(({ userPrincipalName }) => userPrincipalName.startsWith(name));
}

async function stateOf(name: string): Promise<unknown> {
  const found = await holder(name);
  return [found?.license.state, ...(found?.devices ?? []).map(({ state }) => state)];
}

it('a book waits, and says so, where nobody is signed in to the store', async () => {
  const { personId, whoAtApple } = await reader('emma', { storeAccount: 'none' });
  await stage.comes(5_000, async () => (await people.user(personId))?.state, 'registered');
  await people.accept(personId, whoAtApple);
  await stage.comes(5_000, async () => stateOf('emma'), ['held', 'blocked']);
  const [device] = (await holder('emma'))?.devices ?? [];
  expect(device?.reason?.next).toContain('Sign in');
});

it('[L 52] a book is on the device of who has its license once they have accepted, and stays', async () => {
  const { serialNumber } = await reader('jane', { storeAccount: 'own' });
  await stage.comes(5_000, async () => stateOf('jane'), ['held', 'installed']);
  const { books } = await stage.simulated(serialNumber);
  expect(books).toMatchObject([{ state: 'Installed' }]);
  await stage.harness.api.put(`/api/books/${bookId}/assignments`, { assignments: [] });
  await stage.passes(24 * 60 * 60_000);
  expect((await stage.simulated(serialNumber)).books).toHaveLength(1);
});
