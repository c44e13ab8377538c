import { defaultLimits } from '@allotment/apps-and-books';
import { sql } from 'kysely';
import { vi } from 'vitest';
import { sealInviteCode } from '../../../src/associations/invitations.ts';
import { recordUsers } from '../../../src/associations/users.ts';
import { deliveryWorkers } from '../../../src/delivery/workers.ts';
import type { Mdm } from '../../devices/support/mdm.ts';
import { TestDevice, type Told } from '../../devices/support/test-device.ts';
import { TestOrganization } from '../../support/organization.ts';

type Answer = (told: Told) => { status: string; result?: Told['command'] };

let places = 0;

/** A person with a device and a license at Apple, who is registered there and has not accepted yet. */
export class InvitedPerson {
  readonly mdm: Mdm;
  readonly device: TestDevice;
  readonly personId: string;
  readonly uid: string;
  readonly #licensed: { readonly assetId: number; readonly holderId: number };

  private constructor(
    mdm: Mdm,
    device: TestDevice,
    who: { personId: string; uid: string; assetId: number; holderId: number },
  ) {
    this.mdm = mdm;
    this.device = device;
    this.personId = who.personId;
    this.uid = who.uid;
    this.#licensed = who;
  }

  static async open(
    mdm: Mdm,
    productType: 'App' | 'Book' = 'App',
    family = 'iPhone',
  ): Promise<InvitedPerson> {
    vi.spyOn(mdm.context.apple, 'serviceConfig').mockResolvedValue({
      limits: defaultLimits,
      notificationTypes: [],
      invitationUrlTemplate: 'https://buy.example.org/invite?inviteCode=%25inviteCode%25&mt=8',
    });
    const { db } = mdm.context;
    const organization = new TestOrganization(mdm.context);
    places += 1;
    const uid = `invited${places}`;
    const app = await organization.app({ uid, ...(await organization.location(uid)) }, 10, {
      productType,
    });
    const personId = await organization.person(uid);
    const device = new TestDevice(mdm, `C02INVITE${100 + places}`);
    await device.enroll(personId);
    await device.session(() => ({ status: 'Acknowledged' }));
    await db
      .updateTable('devices.device')
      .set({ family })
      .where('personId', '=', personId)
      .execute();
    const groupId = await organization.group();
    await organization.join(groupId, { personId });
    await organization.assignAs(app.appId, { groupId, licenseType: 'user' });
    await organization.decide();
    const { holderId } = await db
      .updateTable('grants.demand')
      .set({ granted: true, held: true })
      .where('assetId', '=', app.assetId)
      .returning('holderId')
      .executeTakeFirstOrThrow();
    const inviteCode = sealInviteCode(mdm.context, uid, holderId, 'code1');
    await sql`insert into associations.apple_user (location_uid, holder_id, person_id, state, due, invite_code)
      values (${uid}, ${holderId}, ${personId}, 'registered', false, ${inviteCode})
      on conflict (location_uid, holder_id) do update set state = 'registered', due = false, invite_code = excluded.invite_code`.execute(
      db,
    );
    const invited = new InvitedPerson(mdm, device, {
      personId,
      uid,
      holderId,
      assetId: app.assetId,
    });
    await invited.tellDelivery();
    return invited;
  }

  /** Apple tells of the person's invitation, or of one more. */
  async invited(inviteCode: string): Promise<void> {
    const { context } = this.mdm;
    const { key: clientUserId } = await context.db
      .selectFrom('library.holder')
      .select('key')
      .where('id', '=', this.#licensed.holderId)
      .executeTakeFirstOrThrow();
    const user = { clientUserId, status: 'Registered', inviteCode } as const;
    await context.db
      .transaction()
      .execute(async (trx) =>
        recordUsers(
          context,
          trx,
          this.uid,
          [{ ...user, email: undefined, idHash: undefined }],
          'now',
        ),
      );
  }

  /** They have tied an Apple Account to the license. */
  async accept(): Promise<void> {
    await this.mdm.context.db
      .updateTable('associations.appleUser')
      .set({ state: 'associated', idHash: 'hash', inviteCode: null })
      .where('personId', '=', this.personId)
      .execute();
    await this.tellDelivery();
  }

  async tellDelivery(): Promise<void> {
    const { db } = this.mdm.context;
    await db.deleteFrom('db.note').where('room', '=', 'associations').execute();
    await sql`insert into db.note (room, kind, key)
      values ('delivery', 'license', ${`${this.#licensed.assetId}:${this.#licensed.holderId}`})`.execute(
      db,
    );
    await this.#deliver();
  }

  /** @returns what the device was told, but for questions */
  async session(answer: Answer = () => ({ status: 'Acknowledged' })): Promise<readonly Told[]> {
    await this.#deliver();
    const told = await this.device.session(answer);
    await this.#deliver();
    return told.filter(({ requestType }) =>
      ['InviteToProgram', 'InstallMedia'].includes(requestType),
    );
  }

  async #deliver(): Promise<void> {
    for (const worker of deliveryWorkers(this.mdm.context))
      while (await worker.run(this.mdm.context.signal));
  }
}
