import { JsonClient } from '@allotment/demo';
import { vi } from 'vitest';
import { type AppleUser, readAppleUsers } from '../../../src/associations/index.ts';
import { createApiToken } from '../../../src/identity/index.ts';
import { sameValue, type Stage } from '../../support/stage.ts';
import { TestOrganization } from '../../support/organization.ts';

const patience = { timeout: 60_000, interval: 50 };

interface UserAtApple {
  readonly clientUserId: string;
  readonly email?: string;
  readonly idHash?: string;
  readonly status: string;
}

/** People with a device each, and what Apple in a box knows of them. */
export class StagePeople {
  readonly stage: Stage;
  readonly organization: TestOrganization;
  #people = 0;

  constructor(stage: Stage) {
    this.stage = stage;
    this.organization = new TestOrganization(stage.harness.context);
  }

  /** A group of so many people, each with an enrolled iPhone. */
  async group(count: number): Promise<{ groupId: string; personIds: string[] }> {
    const groupId = await this.organization.group();
    const personIds: string[] = [];
    for (let i = 0; i < count; i += 1) {
      this.#people += 1;
      const personId = await this.organization.person(`person${this.#people}`);
      await this.organization.device(`PEOPLE${String(this.#people).padStart(4, '0')}`, {
        personId,
      });
      await this.organization.join(groupId, { personId });
      personIds.push(personId);
    }
    return { groupId, personIds };
  }

  /** Required, with user licenses. */
  async assign(adamId: string, groupId: string): Promise<void> {
    const { id } = await this.stage.app(adamId);
    await this.stage.harness.api.put(`/api/apps/${id}/assignments`, {
      assignments: [
        { target: { kind: 'group', groupId }, intent: 'required', licenseType: 'user' },
      ],
    });
  }

  /** The users of the location, at Apple. */
  async atApple(): Promise<readonly UserAtApple[]> {
    const text = await this.stage.harness.apple.rawText(`/_control/users?uId=${this.stage.uId}`);
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line): UserAtApple => JSON.parse(line));
  }

  async clientUserIdOf(personId: string): Promise<string> {
    const holder = await this.stage.harness.context.db
      .selectFrom('library.holder')
      .select('key')
      .where('personId', '=', personId)
      .executeTakeFirstOrThrow();
    return holder.key;
  }

  /** A person at Apple with an Apple Account. */
  async withAccount(appleAccount: string, managedBy?: string): Promise<string> {
    const { people } = await this.stage.harness.apple.post<{ people: { personId: string }[] }>(
      '/_control/people',
      { people: [{ name: appleAccount, appleAccount, ...(managedBy && { managedBy }) }] },
    );
    return people[0]?.personId ?? '';
  }

  /** Somebody accepts the invitation of one of our people. */
  async accept(personId: string, whoAtApple: string): Promise<void> {
    await this.stage.harness.apple.post('/_control/invitations/accept', {
      personId: whoAtApple,
      uId: this.stage.uId,
      clientUserId: await this.clientUserIdOf(personId),
    });
  }

  async user(personId: string): Promise<AppleUser | undefined> {
    const [user] = await readAppleUsers(this.stage.harness.context.db, personId);
    return user;
  }

  /** The API, as one who may only read. */
  async reader(): Promise<JsonClient> {
    const { context, url, ca } = this.stage.harness;
    const by = { kind: 'cli', name: 'test' } as const;
    const { token } = await createApiToken(context, { name: 'reader', role: 'reader' }, by);
    return new JsonClient(url, ca, token);
  }

  /** Waits until the person's user is in this state. */
  async reaches(personId: string, state: AppleUser['state'], stepMs = 0): Promise<void> {
    await vi.waitFor(async () => {
      this.stage.harness.clock.advance(stepMs);
      sameValue((await this.user(personId))?.state, state);
    }, patience);
  }

  /** How many requests of each kind were sent, as far as we know. */
  async requests(): Promise<Readonly<Record<string, number>>> {
    const rows = await this.stage.harness.context.db
      .selectFrom('associations.appleRequest')
      .select(['op', (one) => one.fn.countAll<number>().as('count')])
      .where('sentAt', 'is not', null)
      .groupBy('op')
      .execute();
    return Object.fromEntries(rows.map(({ op, count }) => [op, count]));
  }
}
