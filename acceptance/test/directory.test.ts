import { describe, expect, it } from 'vitest';
import { call, unique } from '../src/client.ts';

const csv = { 'content-type': 'text/csv' };

describe('people, devices and groups', () => {
  it('arrive from CSV files after a look at what would happen', async () => {
    const [upn, group] = [`${unique('ann')}@example.org`, unique('Class')];
    const serial = `C02${crypto.randomUUID().slice(0, 8).toUpperCase()}`;
    const files = [
      ['people', `userPrincipalName,displayName\n${upn},Ann\n`],
      ['devices', `serialNumber,displayName\n${serial},Cart 1\n`],
      [
        'groups',
        `group,memberUserPrincipalName,memberSerialNumber\n${group},${upn},\n${group},,${serial}\n`,
      ],
    ] as const;
    for (const [kind, body] of files) {
      const staged = await call('POST', `/api/imports?kind=${kind}&fileName=${kind}.csv`, {
        body,
        headers: csv,
      });
      expect([staged.status, staged.json.problems]).toEqual([201, []]);
      const there = await call('GET', `/v1.0/users/${upn}`);
      expect(there.status).toBe(kind === 'people' ? 404 : 200);
      const confirmed = await call('POST', `/api/imports/${staged.json.id}/confirm`);
      expect(confirmed.status).toBe(200);
    }
    const { json: groups } = await call('GET', `/api/groups?search=${group}`);
    expect(groups.value).toMatchObject([{ displayName: group, people: 1, devices: 1 }]);
    const members = await call('GET', `/v1.0/groups/${groups.value[0].id}/members`);
    expect(members.json.value.map((member: { displayName: string }) => member.displayName)).toEqual(
      ['Cart 1', 'Ann'],
    );
    await call('DELETE', `/v1.0/groups/${groups.value[0].id}`);
    expect((await call('DELETE', `/v1.0/users/${upn}`)).status).toBe(204);
  });

  it('are not imported from a file with a bad line, which is named', async () => {
    const body = 'userPrincipalName,displayName\nno address,Bo\n';
    const staged = await call('POST', '/api/imports?kind=people', { body, headers: csv });
    expect(staged.json).toMatchObject({
      problems: [{ line: 2, field: 'userPrincipalName' }],
      summary: null,
    });
    const confirmed = await call('POST', `/api/imports/${staged.json.id}/confirm`);
    expect([confirmed.status, confirmed.json.error.code]).toEqual([409, 'importHasProblems']);
  });

  it('are in the audit with who did it and why', async () => {
    const displayName = unique('Audited');
    const made = await call('POST', '/v1.0/groups', {
      body: { displayName },
      headers: { reason: 'a test' },
    });
    const { json } = await call('GET', '/api/audit?top=20');
    expect(json.value).toContainEqual(
      expect.objectContaining({
        action: 'createGroup',
        target: { kind: 'group', id: made.json.id, name: displayName },
        reason: 'a test',
      }),
    );
    await call('DELETE', `/v1.0/groups/${made.json.id}`);
  });
});
