import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  MessageError,
  parseCheckin,
  parseConnect,
  SignatureError,
  SignatureVerifier,
  writePlist,
} from '../src/index.ts';
import { corpus } from './support/corpus.ts';
import { newAuthority, NOW, signBody, unpack } from './support/identities.ts';

const PARSERS = [parseCheckin, parseConnect];

/** One of each kind of message, as devices send them. */
const MESSAGES = [
  { MessageType: 'Authenticate', Topic: 'com.apple.mgmt.x', UDID: 'U', SerialNumber: 'C02X' },
  {
    MessageType: 'TokenUpdate',
    Topic: 'com.apple.mgmt.x',
    UDID: 'U',
    Token: Buffer.alloc(32),
    PushMagic: 'm',
  },
  { UDID: 'U', Status: 'Idle' },
  {
    UDID: 'U',
    Status: 'Error',
    CommandUUID: 'c',
    ErrorChain: [{ ErrorCode: 12029, ErrorDomain: 'MCMDMErrorDomain' }],
  },
  {
    UDID: 'U',
    Status: 'Acknowledged',
    CommandUUID: 'c',
    InstalledApplicationList: [{ Identifier: 'a.b', Version: '1' }],
  },
].map((message) => writePlist(message));

/** What is done to bytes: one run of them is replaced by others, or by bytes from elsewhere in the corpus. */
interface Wound {
  readonly at: number;
  readonly length: number;
  readonly by: Buffer;
}

const bytes = fc.uint8Array({ maxLength: 12 }).map((one) => Buffer.from(one));
const foreign = fc
  .tuple(fc.constantFrom(...corpus.map(([, body]) => body)), fc.nat(400), fc.nat(80))
  .map(([body, at, length]) => body.subarray(at, at + length));
const letter = fc.constantFrom('a', 'U', '0', ' ', '<', '&', '/').map((one) => Buffer.from(one));
const wounds: fc.Arbitrary<readonly Wound[]> = fc.oneof(
  fc.tuple(fc.record({ at: fc.nat(3000), length: fc.constantFrom(0, 1), by: letter })),
  fc.array(fc.record({ at: fc.nat(3000), length: fc.nat(20), by: fc.oneof(bytes, foreign) }), {
    minLength: 1,
    maxLength: 4,
  }),
);

function wounded(body: Buffer, all: readonly Wound[]): Buffer {
  return all.reduce((current, { at, length, by }) => {
    const start = at % (current.length + 1);
    return Buffer.concat([current.subarray(0, start), by, current.subarray(start + length)]);
  }, body);
}

/** @throws whatever the reader fails by that is not its own error */
function outcomeOf(parse: (body: Buffer) => unknown, body: Buffer): 'read' | 'refused' {
  try {
    parse(body);
    return 'read';
  } catch (error) {
    if (error instanceof MessageError) return 'refused';
    throw error;
  }
}

describe('bodies', () => {
  it.each(corpus)('made to break the reader: %s', (_, body) => {
    for (const parse of PARSERS) expect(() => parse(body)).toThrow(MessageError);
  });

  it('that were damaged on the way are read or refused, 6,000 of them', () => {
    const origin = fc.oneof(
      fc.constantFrom(...MESSAGES),
      fc.constantFrom(...corpus.map(([, body]) => body)),
    );
    const outcomes = { read: 0, refused: 0 };
    fc.assert(
      fc.property(origin, fc.constantFrom(...PARSERS), wounds, (body, parse, all) => {
        outcomes[outcomeOf(parse, wounded(body, all))] += 1;
      }),
      { numRuns: 6_000 },
    );
    expect(outcomes.read).toBeGreaterThan(100);
    expect(outcomes.refused).toBeGreaterThan(1_000);
  });

  it('whose parts are repeated endlessly take time in proportion to their length', () => {
    const pieces = ['<array>', '<dict><key>a</key>', '<!--x-->', '&amp;', ' ', '<true/>', '\u00e9'];
    for (const piece of pieces) {
      const started = performance.now();
      const body = Buffer.from(`<plist><dict><key>a</key>${piece.repeat(4e6 / piece.length)}`);
      expect(() => parseConnect(body)).toThrow(MessageError);
      expect(performance.now() - started).toBeLessThan(5_000);
    }
  });
});

describe('signatures', () => {
  const BODY = MESSAGES[2] ?? Buffer.alloc(0);
  let verifier: SignatureVerifier;
  let cms: Buffer;
  let certificateSha256: string;

  beforeAll(async () => {
    const authority = await newAuthority();
    const issued = await authority.issueIdentity({ commonName: 'e', now: NOW, days: 365 });
    ({ certificateSha256 } = issued);
    verifier = new SignatureVerifier({ authorities: [authority.certificatePem] });
    cms = Buffer.from(signBody(unpack(issued), BODY), 'base64');
  });

  it('that were damaged on the way are refused, or still name the same signer, 2,000 of them', () => {
    fc.assert(
      fc.property(wounds, (all) => {
        try {
          const signer = verifier.verify(wounded(cms, all).toString('base64'), BODY, NOW);
          expect(signer).toMatchObject({ certificateSha256 });
        } catch (error) {
          if (!(error instanceof SignatureError)) throw error;
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
