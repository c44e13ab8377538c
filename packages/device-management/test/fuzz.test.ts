import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  DeviceManagementError,
  parseCheckin,
  parseConnect,
  readClientCert,
  readManagedApplicationList,
  readPlist,
  SignatureVerifier,
  writePlist,
} from '../src/index.ts';
import { newAuthority, NOW, signBody, unpack } from './support/identities.ts';
import { nasty } from './support/nasty.ts';

const CASES = 2_500;
/** Whatever it is, it must not keep a server busy. */
const LONGEST_MS = 2_000;
const limits = { bytes: 2 * 1024 * 1024, depth: 32, elements: 100_000 };

const connect = writePlist({
  UDID: '00008030-000A1B2C3D4E5F60',
  Status: 'Acknowledged',
  CommandUUID: 'f47ac10b-58cc-4372-a567-0e02b2c3d479',
  ManagedApplicationList: { 'com.example.app': { Status: 'Managed', ManagementFlags: 0 } },
});
const authenticate = writePlist({
  MessageType: 'Authenticate',
  Topic: 'com.apple.mgmt.External.1',
  UDID: '00008030-000A1B2C3D4E5F60',
  SerialNumber: 'C02FUZZ00001',
});

const clientCert = Buffer.from(`:${Buffer.alloc(200, 7).toString('base64')}:`);

/** What a good message becomes when bytes of it are changed, cut out, doubled or put in. */
const spoiled = (good: Buffer): fc.Arbitrary<Buffer> =>
  fc
    .array(
      fc.record({
        at: fc.nat({ max: good.length }),
        drop: fc.nat({ max: 8 }),
        add: fc.oneof(
          fc.uint8Array({ maxLength: 6 }),
          fc.constantFrom('<dict>', '</dict>', '<key>', '<![CDATA[', '&#x0;', '<!--', 'bplist00'),
        ),
      }),
      { minLength: 1, maxLength: 5 },
    )
    .map((edits) =>
      edits.reduce(
        (text, { at, drop, add }) =>
          Buffer.concat([
            text.subarray(0, Math.min(at, text.length)),
            Buffer.from(add as string),
            text.subarray(Math.min(at + drop, text.length)),
          ]),
        good,
      ),
    );

/**
 * Runs something that may refuse its input in so many words, and in no other way.
 *
 * @returns how long that took, in milliseconds
 */
function timeOf(work: () => unknown): number {
  const startedAt = performance.now();
  try {
    work();
  } catch (error) {
    if (!(error instanceof DeviceManagementError)) throw error;
  }
  return performance.now() - startedAt;
}

describe('whatever a device sends', () => {
  it.each(nasty)('%s is read or refused at once', (_what, bytes) => {
    expect(timeOf(() => readPlist(bytes, limits))).toBeLessThan(LONGEST_MS);
    expect(timeOf(() => parseCheckin(bytes, limits))).toBeLessThan(LONGEST_MS);
    expect(timeOf(() => parseConnect(bytes, limits))).toBeLessThan(LONGEST_MS);
    expect(({} as Record<string, unknown>)['Status']).toBeUndefined();
  });

  it.each<[string, fc.Arbitrary<Buffer>, (bytes: Buffer) => unknown]>([
    [
      'answers',
      spoiled(connect),
      (bytes) => readManagedApplicationList(parseConnect(bytes, limits).payload),
    ],
    ['check-ins', spoiled(authenticate), (bytes) => parseCheckin(bytes, limits)],
    ['headers of proxies', spoiled(clientCert), (bytes) => readClientCert(bytes.toString())],
  ])('spoiled %s are read or refused', (_what, messages, read) => {
    let longestMs = 0;
    fc.assert(
      fc.property(messages, (bytes) => {
        longestMs = Math.max(
          longestMs,
          timeOf(() => read(bytes)),
        );
      }),
      { numRuns: CASES },
    );
    expect(longestMs).toBeLessThan(LONGEST_MS);
  });
});

describe('a spoiled signature', () => {
  let verifier: SignatureVerifier;
  let signature: Buffer;

  beforeAll(async () => {
    const authority = await newAuthority();
    const issued = await authority.issueIdentity({ commonName: 'fuzz', now: NOW, days: 365 });
    verifier = new SignatureVerifier({ authorities: [authority.certificatePem] });
    signature = Buffer.from(signBody(unpack(issued), connect), 'base64');
  });

  it('is refused, and never taken for that of another body', () => {
    const accepted: boolean[] = [];
    fc.assert(
      fc.property(spoiled(signature), spoiled(connect), (header, body) => {
        timeOf(() => {
          verifier.verify(header.toString('base64'), body, NOW);
          accepted.push(body.equals(connect));
        });
      }),
      { numRuns: CASES },
    );
    expect(accepted).not.toContain(false);
  });
});
