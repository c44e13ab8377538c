import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MessageError,
  parseCheckin,
  parseConnect,
  writePlist,
  type PlistDictionary,
} from '../src/index.ts';
import { departures, readSchema, schemasPresent } from './support/schema.ts';

const AUTHENTICATE = {
  MessageType: 'Authenticate',
  Topic: 'com.apple.mgmt.External.1',
  UDID: '00008030-001C2D3E4F50002E',
  SerialNumber: 'C02SIM0001',
  OSVersion: '18.1',
  BuildVersion: '22B83',
  ProductName: 'iPad8,12',
} satisfies PlistDictionary;

const TOKEN_UPDATE = {
  MessageType: 'TokenUpdate',
  Topic: 'com.apple.mgmt.External.1',
  UDID: '00008030-001C2D3E4F50002E',
  Token: Buffer.alloc(32, 7),
  PushMagic: '7B1F2C7E-0000-4000-8000-000000000000',
  AwaitingConfiguration: false,
} satisfies PlistDictionary;

const CHECK_OUT = {
  MessageType: 'CheckOut',
  Topic: 'com.apple.mgmt.External.1',
  UDID: '00008030-001C2D3E4F50002E',
} satisfies PlistDictionary;

const without = (message: PlistDictionary, name: string): PlistDictionary =>
  Object.fromEntries(Object.entries(message).filter(([key]) => key !== name));

function outcome(parse: () => unknown): string {
  try {
    parse();
    return 'read';
  } catch (error) {
    return error instanceof MessageError ? 'refused' : `crashed: ${String(error)}`;
  }
}

describe('check-in messages', () => {
  it('reads Authenticate', () => {
    expect(parseCheckin(writePlist(AUTHENTICATE))).toMatchObject({
      kind: 'authenticate',
      id: '00008030-001C2D3E4F50002E',
      idKind: 'UDID',
      userId: undefined,
      serialNumber: 'C02SIM0001',
      osVersion: '18.1',
      productName: 'iPad8,12',
      deviceName: undefined,
    });
  });

  it('reads the Authenticate of a User Enrollment, which hides UDID and serial number', () => {
    const message = {
      MessageType: 'Authenticate',
      Topic: 'com.apple.mgmt.External.1',
      EnrollmentID: 'A1B2',
    };
    expect(parseCheckin(writePlist(message))).toMatchObject({
      id: 'A1B2',
      idKind: 'EnrollmentID',
      serialNumber: undefined,
    });
  });

  it('reads TokenUpdate and CheckOut', () => {
    expect(parseCheckin(writePlist(TOKEN_UPDATE))).toMatchObject({
      kind: 'tokenUpdate',
      token: Buffer.alloc(32, 7),
      pushMagic: '7B1F2C7E-0000-4000-8000-000000000000',
      unlockToken: undefined,
      awaitingConfiguration: false,
    });
    expect(parseCheckin(writePlist(CHECK_OUT))).toMatchObject({ kind: 'checkOut' });
  });

  it("tells a person's channel from the device's", () => {
    const message = { ...TOKEN_UPDATE, UserID: 'U-1', UserShortName: 'sam' };
    expect(parseCheckin(writePlist(message))).toMatchObject({ userId: 'U-1' });
  });

  it('keeps the payload of messages it has no type for', () => {
    const message = { MessageType: 'DeclarativeManagement', UDID: 'x', Endpoint: 'tokens' };
    expect(parseCheckin(writePlist(message))).toMatchObject({
      kind: 'other',
      messageType: 'DeclarativeManagement',
      payload: { Endpoint: 'tokens' },
    });
  });

  it.each([
    ['MessageType', AUTHENTICATE],
    ['Topic', AUTHENTICATE],
    ['UDID', AUTHENTICATE],
    ['Token', TOKEN_UPDATE],
    ['PushMagic', TOKEN_UPDATE],
    ['Topic', CHECK_OUT],
  ])('names %s when it is missing or wrong', (name, message) => {
    for (const broken of [
      without(message, name),
      { ...message, [name]: 7 },
      { ...message, [name]: '' },
    ])
      expect(() => parseCheckin(writePlist(broken))).toThrow(
        expect.objectContaining({ code: 'invalidField', message: expect.stringContaining(name) }),
      );
  });

  it('refuses identifiers of absurd length or with line breaks', () => {
    for (const UDID of ['x'.repeat(129), 'a\nb'])
      expect(() => parseCheckin(writePlist({ ...AUTHENTICATE, UDID }))).toThrow(MessageError);
  });

  it.skipIf(!schemasPresent)("accepts what Apple's schemas describe", () => {
    for (const [file, message] of [
      ['authenticate', AUTHENTICATE],
      ['tokenupdate', TOKEN_UPDATE],
      ['checkout', CHECK_OUT],
    ] as const) {
      const { payloadkeys } = readSchema(`checkin/${file}.yaml`);
      expect(departures(message, payloadkeys)).toEqual([]);
    }
  });

  it.skipIf(!schemasPresent)("reads only keys that Apple's schemas know", () => {
    const names = readSchema('checkin/authenticate.yaml').payloadkeys.map((key) => key.key);
    expect(names).toEqual(
      expect.arrayContaining(['SerialNumber', 'OSVersion', 'BuildVersion', 'ProductName']),
    );
    expect(names).toEqual(
      expect.arrayContaining(['IMEI', 'MEID', 'DeviceName', 'Model', 'ModelName']),
    );
  });
});

describe('command answers', () => {
  const ANSWER = { UDID: 'x', Status: 'Acknowledged', CommandUUID: 'c-1' };

  it('reads an answer and keeps its payload', () => {
    expect(parseConnect(writePlist({ ...ANSWER, State: 'Queued' }))).toMatchObject({
      id: 'x',
      status: 'Acknowledged',
      commandUuid: 'c-1',
      errorChain: [],
      payload: { State: 'Queued' },
    });
  });

  it('reads Idle, which answers no command', () => {
    expect(parseConnect(writePlist({ UDID: 'x', Status: 'Idle' }))).toMatchObject({
      status: 'Idle',
      commandUuid: undefined,
    });
  });

  it('keeps the whole chain of errors and its order', () => {
    const chain = [
      { ErrorCode: 12023, ErrorDomain: 'MCMDMErrorDomain', LocalizedDescription: 'Könnte nicht' },
      { ErrorCode: 'x', USEnglishDescription: 'could not' },
      'junk',
    ];
    expect(
      parseConnect(writePlist({ ...ANSWER, Status: 'Error', ErrorChain: chain })).errorChain,
    ).toEqual([
      {
        code: 12023,
        domain: 'MCMDMErrorDomain',
        description: 'Könnte nicht',
        englishDescription: undefined,
      },
      {
        code: undefined,
        domain: undefined,
        description: undefined,
        englishDescription: 'could not',
      },
    ]);
  });

  it('needs a known status, and a CommandUUID unless idle', () => {
    expect(() => parseConnect(writePlist({ ...ANSWER, Status: 'Fine' }))).toThrow(
      /Status must be one of/,
    );
    expect(() => parseConnect(writePlist(without(ANSWER, 'CommandUUID')))).toThrow(
      /CommandUUID is missing/,
    );
  });

  it('fails on arbitrary dictionaries only by its own errors', () => {
    const name = fc.constantFrom(
      'MessageType',
      'UDID',
      'EnrollmentID',
      'UserID',
      'Status',
      'CommandUUID',
      'ErrorChain',
      'Token',
      'Topic',
      'PushMagic',
    );
    const value = fc.oneof(
      fc.constantFrom('Authenticate', 'TokenUpdate', 'Idle', 'Error', 'x', ''),
      fc.integer(),
      fc.boolean(),
      fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
      fc.array(fc.oneof(fc.string(), fc.constant({ ErrorCode: 1 })), { maxLength: 3 }),
    );
    fc.assert(
      fc.property(
        fc.dictionary(name, value),
        fc.constantFrom(parseCheckin, parseConnect),
        (message, parse) => {
          expect(outcome(() => parse(writePlist(message)))).toMatch(/^(read|refused)$/);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
