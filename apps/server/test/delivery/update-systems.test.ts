import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Mdm, openMdm } from '../devices/support/mdm.ts';
import { AssignedApp } from './support/assigned.ts';

let mdm: Mdm;
beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

it.each([
  ['iPhone', '18.1', ['iOS'], '18.2', 'updateNeedsSystem'],
  ['iPad', '18.2', ['iOS'], '18.2', 'updating'],
  ['Mac', '15.1', ['macOS'], '15.2', 'updateNeedsSystem'],
  ['Mac', '15.2', ['macOS'], '15.2', 'updating'],
  ['AppleTV', '18.1', ['tvOS'], '18.2', 'updateNeedsSystem'],
  ['Vision', '2.1', ['visionOS'], '2.2', 'updateNeedsSystem'],
  // Of a title for several platforms the minimum is about iOS.
  ['Mac', '15.1', ['iOS', 'macOS'], '18.2', 'updating'],
])(
  'a newer version for %s %s of a title for %j from %s on: %s',
  async (family, osVersion, supportedPlatforms, minimumOsVersion, reason) => {
    const app = await AssignedApp.open(mdm);
    await app.session();
    await app.set({ family, osVersion });
    await mdm.context.db
      .updateTable('library.asset')
      .set({ supportedPlatforms })
      .where('id', '=', app.assetId)
      .execute();
    await app.publish({ minimumOsVersion });
    await app.tells();
    expect(await app.task()).toMatchObject({ state: 'installed', reason });
  },
);
