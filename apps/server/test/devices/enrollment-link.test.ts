import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEnrollmentLink, createEnrollmentLinks } from '../../src/devices/index.ts';
import { actor, type Mdm, openMdm } from './support/mdm.ts';

let mdm: Mdm;
beforeAll(async () => {
  mdm = await openMdm();
});
afterAll(async () => mdm[Symbol.asyncDispose]());

describe('an enrollment link', () => {
  it('opens a page that says what the profile does and uses up nothing, and gives the profile once', async () => {
    const link = await createEnrollmentLink(mdm.context, { ownership: 'company' }, actor);
    expect(link.url).toMatch(/^https:\/\/mdm\.example\.org\/mdm\/enroll\/[\w-]{32}$/);
    const url = new URL(link.url).pathname;
    for (const method of ['HEAD', 'GET', 'GET'] as const) {
      const page = await mdm.http.inject({ method, url });
      expect(page.statusCode).toBe(200);
      expect(page.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
      });
    }
    const { payload } = await mdm.http.inject(url);
    expect(payload).toContain('<form method="post">');
    expect(payload).toContain('cannot lock or erase the device');
    const first = await mdm.http.inject({ method: 'POST', url });
    expect(first.statusCode).toBe(200);
    expect(first.headers).toMatchObject({
      'content-type': 'application/x-apple-aspen-config',
      'cache-control': 'no-store',
    });
    for (const method of ['POST', 'GET'] as const) {
      const second = await mdm.http.inject({ method, url });
      expect(second.statusCode).toBe(404);
      expect(second.payload).toContain('used already or is too old');
    }
  });

  it('reminds the person of their own Apple Account [brief 28]', async () => {
    const { id: personId } = await mdm.context.db
      .insertInto('directory.person')
      .values({
        userPrincipalName: 'eve@example.org',
        displayName: 'Eve <script>',
        createdAt: new Date(),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const link = await createEnrollmentLink(mdm.context, { personId, ownership: 'company' }, actor);
    const { payload } = await mdm.http.inject(new URL(link.url).pathname);
    expect(payload).toContain('Eve &#60;script&#62;');
    expect(payload).toContain('their own Apple Account');
    expect(payload).not.toContain('<script');
    const shared = await createEnrollmentLink(mdm.context, { ownership: 'company' }, actor);
    const other = await mdm.http.inject(new URL(shared.url).pathname);
    expect(other.payload).not.toContain('Apple Account');
  });

  it('has another address for tools, which gives the profile itself', async () => {
    const link = await createEnrollmentLink(mdm.context, { ownership: 'company' }, actor);
    const url = new URL(link.profileUrl).pathname;
    expect((await mdm.http.inject({ method: 'HEAD', url })).statusCode).toBe(404);
    expect((await mdm.http.inject(url)).headers['content-type']).toBe(
      'application/x-apple-aspen-config',
    );
    expect((await mdm.http.inject(url)).statusCode).toBe(404);
  });

  it('is given to one of two who open it at the same moment', async () => {
    const link = await createEnrollmentLink(mdm.context, { ownership: 'company' }, actor);
    const path = new URL(link.profileUrl).pathname;
    const answers = await Promise.all([mdm.http.inject(path), mdm.http.inject(path)]);
    expect(answers.map((answer) => answer.statusCode).sort((a, b) => a - b)).toEqual([200, 404]);
  });

  it('is void after a day, and a guessed code never was one', async () => {
    const link = await createEnrollmentLink(mdm.context, { ownership: 'company' }, actor);
    mdm.clock.advance(24 * 60 * 60 * 1000);
    for (const url of [link.url, link.profileUrl])
      expect((await mdm.http.inject(new URL(url).pathname)).statusCode).toBe(404);
    expect((await mdm.http.inject('/mdm/enroll/guessed')).statusCode).toBe(404);
  });

  it('is stored as a hash only, and its making is recorded', async () => {
    const links = await createEnrollmentLinks(
      mdm.context,
      [{ ownership: 'company' }, { ownership: 'personal' }],
      actor,
    );
    expect(new Set(links.map((link) => link.url)).size).toBe(2);
    const stored = JSON.stringify(
      await mdm.context.db.selectFrom('devices.enrollmentLink').selectAll().execute(),
    );
    for (const { url } of links) expect(stored).not.toContain(url.split('/').at(-1));
    const entries = await mdm.context.db
      .selectFrom('audit.entry')
      .select(['action', 'detail'])
      .execute();
    expect(entries).toContainEqual({ action: 'createEnrollmentLinks', detail: { links: 2 } });
  });

  it('is refused without https, and for a person nobody knows', async () => {
    const insecure = {
      ...mdm.context,
      config: { ...mdm.context.config, publicUrl: new URL('http://127.0.0.1') },
    };
    await expect(createEnrollmentLink(insecure, { ownership: 'company' }, actor)).rejects.toThrow(
      /https only/,
    );
    for (const personId of ['nobody', '00000000-0000-4000-8000-000000000000'])
      await expect(
        createEnrollmentLink(mdm.context, { personId, ownership: 'company' }, actor),
      ).rejects.toThrow(expect.objectContaining({ code: 'unknownPerson', field: 'personId' }));
  });
});
