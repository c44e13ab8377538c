import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeNotes } from '../../src/db/notes.ts';
import { newPortion } from '../../src/db/portions.ts';
import {
  confirmImport,
  createGroup,
  createPerson,
  stageImport,
} from '../../src/directory/index.ts';
import { openTestContext, type TestContext } from '../support/context.ts';

const actor = { kind: 'administrator', name: 'Ann' } as const;
let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(async () => test[Symbol.asyncDispose]());

const stage = async (kind: 'people' | 'devices' | 'groups', csv: string) =>
  stageImport(test.context, { kind, csv, fileName: `${kind}.csv` }, actor);
const confirm = async (id: string) => confirmImport(test.context, id, actor);
const count = async (table: 'person' | 'device' | 'group' | 'member'): Promise<number> => {
  const { rows } = await sql<{
    n: number;
  }>`select count(*)::int as n from ${sql.table(`directory.${table}`)}`.execute(test.context.db);
  return rows[0]?.n ?? -1;
};

describe('a CSV import', () => {
  it('of people writes nothing until it is confirmed, then creates and updates', async () => {
    const first = await stage(
      'people',
      'userPrincipalName,displayName,department\nann@example.org,Ann,Sales\nbo@example.org,Bo,\n',
    );
    expect(first).toMatchObject({ rows: 2, problems: [], summary: { created: 2, updated: 0 } });
    expect(await count('person')).toBe(0);
    expect(await confirm(first.id)).toMatchObject({ created: 2, updated: 0 });
    const second = await stage(
      'people',
      'DISPLAYNAME;userprincipalname\nAnn B.;ANN@example.org\nCy;cy@example.org',
    );
    expect(second.summary).toMatchObject({ created: 1, updated: 1 });
    await confirm(second.id);
    const ann = await test.context.db
      .selectFrom('directory.person')
      .selectAll()
      .where('userPrincipalName', '=', 'ann@example.org')
      .executeTakeFirstOrThrow();
    expect(ann).toMatchObject({ displayName: 'Ann B.', department: 'Sales' });
    await expect(confirm(second.id)).rejects.toMatchObject({ code: 'importConfirmed' });
  });

  it('of people has it decided anew what those get whose Managed Apple Account it brings [L 17]', async () => {
    const { id } = await createPerson(
      test.context,
      { userPrincipalName: 'kim@example.org', displayName: 'Kim' },
      actor,
    );
    const notes = async () =>
      test.context.db
        .transaction()
        .execute(async (trx) =>
          takeNotes(trx, 'grants', newPortion(1_000, test.context.clock.now())),
        );
    await notes();
    const staged = await stage(
      'people',
      'userPrincipalName,displayName,managedAppleId\nkim@example.org,Kim,kim@school.example.org\nlou@example.org,Lou,lou@school.example.org',
    );
    await confirm(staged.id);
    expect(await notes()).toEqual([{ kind: 'person', key: id }]);
    await sql`delete from directory.person where user_principal_name in ('kim@example.org', 'lou@example.org')`.execute(
      test.context.db,
    );
  });

  it('of devices counts serial numbers with the S of a bar code, and reads them without on request', async () => {
    const csv = 'serialNumber\nsc02scan00001\nSC02SCAN000002X\nC02SCAN00003\nSHORT123\n';
    const first = await stage('devices', csv);
    expect(first).toMatchObject({
      scannerPrefixes: 2,
      problems: [{ line: 3, message: expect.stringContaining('S of a bar code') }],
    });
    const again = await stageImport(
      test.context,
      { kind: 'devices', csv, withoutScannerPrefix: true },
      actor,
    );
    expect(again).toMatchObject({ problems: [], scannerPrefixes: 0, summary: { created: 4 } });
    await confirm(again.id);
    const { rows } = await sql<{ serialNumber: string }>`
      select serial_number from directory.device order by serial_number`.execute(test.context.db);
    expect(rows.map((row) => row.serialNumber)).toEqual([
      'C02SCAN000002X',
      'C02SCAN00001',
      'C02SCAN00003',
      'SHORT123',
    ]);
    await sql`delete from directory.device`.execute(test.context.db);
  });

  it('of devices makes the groups it names and tells grants of them', async () => {
    const staged = await stage(
      'devices',
      'serialNumber,displayName,group\nc02abcde1111,Cart 1,Carts\nC02ABCDE2222,,carts\n',
    );
    expect(staged).toMatchObject({ problems: [], summary: { created: 2, groupsCreated: 1 } });
    await test.context.db
      .transaction()
      .execute(async (trx) =>
        takeNotes(trx, 'grants', newPortion(1_000, test.context.clock.now())),
      );
    await confirm(staged.id);
    expect([await count('device'), await count('group'), await count('member')]).toEqual([2, 1, 2]);
    const notes = await test.context.db
      .transaction()
      .execute(async (trx) =>
        takeNotes(trx, 'grants', newPortion(1_000, test.context.clock.now())),
      );
    expect(notes).toEqual([{ kind: 'group', key: expect.any(String) }]);
  });

  it('of groups adds people and devices, and again changes nothing', async () => {
    const csv =
      'group,memberUserPrincipalName,memberSerialNumber\nTeachers,Bo@example.org,\nTeachers,,c02abcde1111\nEmpty,,\n';
    const staged = await stage('groups', csv);
    expect(staged.summary).toEqual({ created: 2, updated: 0, groupsCreated: 2 });
    expect(await confirm(staged.id)).toEqual({ created: 2, updated: 0, groupsCreated: 2 });
    const again = await stage('groups', csv);
    expect(await confirm(again.id)).toEqual({ created: 0, updated: 0, groupsCreated: 0 });
  });

  it.each([
    [
      'people',
      'userPrincipalName,displayName\nann,Ann\nbo@example.org,\n',
      [
        {
          line: 2,
          field: 'userPrincipalName',
          message: '"ann" does not look like ann@example.org.',
        },
        { line: 3, field: 'displayName', message: 'displayName is empty.' },
      ],
    ],
    [
      'people',
      'userPrincipalName\nann@example.org',
      [{ line: 1, message: 'The column displayName is missing in the header.' }],
    ],
    [
      'people',
      'userPrincipalName,displayName\nd@example.org,D\nD@EXAMPLE.ORG,D',
      [{ line: 3, message: 'The line says the same as line 2.' }],
    ],
    [
      'devices',
      'serialNumber,colour\nC02ABCDE1111,red',
      [
        {
          line: 1,
          message: 'There is no column "colour"; the columns are serialNumber, displayName, group.',
        },
      ],
    ],
    [
      'devices',
      'serialNumber\nC02\nC02ABCDE1111,extra',
      [
        {
          line: 2,
          field: 'serialNumber',
          message: '"C02" is no serial number: 8 to 14 letters and digits.',
        },
        { line: 3, message: 'The line has 2 cells, the header 1.' },
      ],
    ],
    [
      'groups',
      'group,memberUserPrincipalName,memberSerialNumber\nX,nobody@example.org,\nX,,C02NOTHERE11\nX,bo@example.org,C02ABCDE1111',
      [{ line: 4, message: 'The line names a person and a device; write one member a line.' }],
    ],
    [
      'groups',
      'group,memberUserPrincipalName,memberSerialNumber\nX,nobody@example.org,\nX,,C02NOTHERE11',
      [
        {
          line: 2,
          field: 'memberUserPrincipalName',
          message: 'There is no person "nobody@example.org"; import people first.',
        },
        {
          line: 3,
          field: 'memberSerialNumber',
          message: 'There is no device "C02NOTHERE11"; import devices first.',
        },
      ],
    ],
    [
      'people',
      'userPrincipalName,displayName\n"ann@example.org,Ann',
      [
        {
          line: 2,
          message: 'Line 2 has a quote that is not closed, or text after a closing quote.',
        },
      ],
    ],
    ['people', '', [{ line: 1, message: 'The file is empty.' }]],
    [
      'people',
      'userPrincipalName,displayName\n',
      [{ line: 1, message: 'The file has a header and nothing below it.' }],
    ],
    [
      'people',
      'userPrincipalName,displayName\na@example.org,\0',
      [{ line: 2, message: 'This is no text file; save it as CSV in UTF-8.' }],
    ],
  ] as const)(
    'of %s names the lines of %j that are wrong and is refused',
    async (kind, csv, problems) => {
      const staged = await stage(kind, csv);
      expect(staged.problems).toEqual(problems);
      expect(staged.summary).toBeUndefined();
      const before = [await count('person'), await count('device'), await count('member')];
      await expect(confirm(staged.id)).rejects.toMatchObject({
        kind: 'conflict',
        code: 'importHasProblems',
      });
      expect([await count('person'), await count('device'), await count('member')]).toEqual(before);
    },
  );

  it('is checked again when it is confirmed', async () => {
    await createPerson(
      test.context,
      { userPrincipalName: 'eve@example.org', displayName: 'Eve' },
      actor,
    );
    const staged = await stage('groups', 'group,memberUserPrincipalName\nSpies,eve@example.org');
    expect(staged.problems).toEqual([]);
    await createGroup(test.context, { displayName: 'spies' }, actor);
    await createGroup(test.context, { displayName: 'Spies' }, actor);
    await expect(confirm(staged.id)).rejects.toThrow(
      /line 2: There are several groups named "Spies"/,
    );
  });
});
