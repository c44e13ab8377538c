import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { lookAtMark } from '../../src/library/index.ts';
import { openTestContext, type TestContext } from '../support/context.ts';
import { TestOrganization } from '../support/organization.ts';

const uid = 'own-mark';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

/** Another process of this installation has left this mark at Apple. */
async function left(lineage: string): Promise<void> {
  await test.context.db
    .updateTable('library.location')
    .set({ lineage, nextLineage: null })
    .execute();
}

it('a location is not taken for another copy’s where another process of ours leaves its mark between two looks', async () => {
  const { context } = test;
  await new TestOrganization(context).location(uid);
  await left('first');
  const client = context.apple.location({ sToken: 'token', uId: uid });
  const shows = (lineage: string) => ({
    uId: uid,
    locationName: uid,
    countryISO2ACode: undefined,
    mdmInfo: {
      id: context.installationId,
      name: 'Allotment',
      metadata: JSON.stringify({ version: 1, lineage }),
    },
    notificationUrl: undefined,
    subscribedNotificationTypes: [],
    tokenExpirationDate: undefined,
    defaultPlatform: undefined,
    websiteURL: undefined,
  });
  const config = vi
    .spyOn(client, 'clientConfig')
    // Apple has answered, and this process stands still before it looks at the row.
    .mockImplementationOnce(async () => {
      await left('second');
      return shows('first');
    })
    .mockImplementationOnce(async () => {
      await left('third');
      return shows('third');
    })
    .mockImplementation(async () => shows('third'));
  vi.spyOn(client, 'updateClientConfig').mockImplementation(async () => shows('fourth'));
  await lookAtMark(context, client, uid, context.signal);
  const location = await context.db
    .selectFrom('library.location')
    .select(['pausedCause', 'lineageKnown'])
    .executeTakeFirstOrThrow();
  expect(location).toEqual({ pausedCause: null, lineageKnown: true });
  expect(config).toHaveBeenCalledTimes(3);
});
