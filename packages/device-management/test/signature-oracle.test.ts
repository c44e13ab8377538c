import * as fc from 'fast-check';
import { Certificate, ContentInfo, SignedData } from 'pkijs';
import { beforeAll, describe, expect, it } from 'vitest';
import { SignatureError, SignatureVerifier } from '../src/index.ts';
import { type BerElement, readBer } from '../src/signature/ber.ts';
import { type Holder, type Shape, der, makeCms, makeHolder } from './support/cms-maker.ts';
import { NOW } from './support/identities.ts';

/*
 * Our reader of CMS against pkijs: what is valid both accept, and whatever is done to it, ours accepts nothing that
 * pkijs refuses.
 */

const BODY = Buffer.from('<plist><dict><key>Status</key><string>Idle</string></dict></plist>');

interface Signed {
  readonly name: string;
  readonly cms: Buffer;
}

let root: Holder;
let authority: Holder;
let verifier: SignatureVerifier;
let signed: readonly Signed[];

beforeAll(async () => {
  root = await makeHolder('Root', 'rsa');
  authority = await makeHolder('Devices', 'ec', root, true);
  verifier = new SignatureVerifier({ authorities: [authority.certificate.raw] });
  const devices = [
    await makeHolder('device-rsa', 'rsa', authority),
    await makeHolder('device-ec', 'ec', authority),
  ];
  const beside = [authority.certificate, root.certificate];
  signed = devices.flatMap((device) =>
    shapes.map((shape) => ({
      name: `${device.kind} ${JSON.stringify(shape)}`,
      cms: makeCms(BODY, device, shape.beside === undefined ? shape : { ...shape, beside }),
    })),
  );
});

const shapes: readonly Shape[] = (['sha1', 'sha256', 'sha512'] as const).flatMap((digest) => [
  { digest, attributes: true },
  { digest, attributes: false },
  { digest, attributes: true, combined: true },
  { digest, attributes: true, byKeyId: true },
  { digest, attributes: true, beside: [] },
]);

function accepts(cms: Buffer): boolean {
  try {
    verifier.verify(cms.toString('base64'), BODY, NOW);
    return true;
  } catch (error) {
    if (error instanceof SignatureError) return false;
    throw error;
  }
}

/** @returns undefined when pkijs accepts, else why it refuses */
async function objection(cms: Buffer): Promise<string | undefined> {
  try {
    const info = ContentInfo.fromBER(cms);
    const data = new SignedData({ schema: info.content });
    if (data.signerInfos.length !== 1) return 'signers';
    const fine = await data.verify({
      signer: 0,
      data: Uint8Array.from(BODY).buffer,
      trustedCerts: [Certificate.fromBER(authority.certificate.raw)],
      checkChain: true,
      checkDate: NOW,
    });
    return fine ? undefined : 'the signature does not fit';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('what is validly signed', () => {
  it('is accepted by both, in every shape', async () => {
    const answers = await Promise.all(
      signed.map(async ({ name, cms }) => [name, accepts(cms), await objection(cms)]),
    );
    expect(answers).toEqual(signed.map(({ name }) => [name, true, undefined]));
  });
});

describe('what was tampered with', () => {
  it('is accepted with no bit changed that pkijs minds', async () => {
    const some = signed.filter(({ name }) => name.includes('sha256'));
    for (const [i, { name, cms }] of some.entries()) {
      const [from, end] = certificatesOf(cms);
      for (let at = 0; at < cms.length; at += at === from - 1 ? end - from + 1 : 1) {
        for (const bit of i % 2 === 0 ? [1, 4, 16, 64] : [2, 8, 32, 128]) {
          const changed = Buffer.from(cms);
          changed[at] = (changed[at] ?? 0) ^ bit;
          const what = `${name}, byte ${at}, bit ${bit}`;
          expect([what, await refusalOfAccepted(changed)]).toEqual([what, undefined]);
        }
      }
    }
  });

  it('is accepted with no part left out, doubled, changed or taken from another that pkijs minds', async () => {
    const edit = fc.record({
      path: fc.array(fc.nat(7), { minLength: 1, maxLength: 7 }),
      other: fc.nat(shapes.length * 2 - 1),
      otherPath: fc.array(fc.nat(7), { minLength: 1, maxLength: 7 }),
      what: fc.constantFrom('leave out', 'double', 'take', 'loosen', 'retag', 'recount'),
      byte: fc.nat(255),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(shapes.length * 2 - 1),
        fc.array(edit, { minLength: 1, maxLength: 2 }),
        async (index, edits) => {
          let cms = cmsAt(index);
          for (const { path, other, otherPath, what, byte } of edits) {
            const taken = elementAt(readBer(cmsAt(other)), otherPath).raw;
            const change = (element: BerElement): Buffer => edited(element, what, taken, byte);
            cms = rewritten(readBer(cms), path, change);
            if (!isReadable(cms)) break;
          }
          expect(await refusalOfAccepted(cms)).toBeUndefined();
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('is refused with any certificate but the one that was issued', () => {
    const { cms } = signed.find(({ name }) => name.startsWith('ec')) ?? { cms: Buffer.alloc(0) };
    const [from, end] = certificatesOf(cms);
    for (let at = from; at < end; at += 1) {
      const changed = Buffer.from(cms);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      expect(accepts(changed)).toBe(false);
    }
  });
});

/** Asks pkijs where our reader accepts. */
async function refusalOfAccepted(cms: Buffer): Promise<string | undefined> {
  return accepts(cms) ? objection(cms) : undefined;
}

const cmsAt = (index: number): Buffer => signed[index]?.cms ?? Buffer.alloc(0);

/**
 * Where the certificates begin and end. Nothing is changed there: the authority's signature covers that of the signer,
 * and our reader does not look at others.
 */
function certificatesOf(cms: Buffer): readonly [number, number] {
  const { content } = elementAt(readBer(cms), [1, 0, 3]);
  const from = cms.indexOf(content);
  return [from, from + content.length];
}

function isReadable(cms: Buffer): boolean {
  try {
    readBer(cms);
    return true;
  } catch (error) {
    if (error instanceof SignatureError) return false;
    throw error;
  }
}

/** Goes down as far as the path leads; certificates are taken as a whole. */
function elementAt(element: BerElement, path: readonly number[], depth = 0): BerElement {
  const [step, ...rest] = path;
  const child = step === undefined ? undefined : element.children[step % element.children.length];
  if (child === undefined || isCertificates(element, depth)) return element;
  return elementAt(child, rest, depth + 1);
}

/** The same walk, with what is found there changed, and every length above it right. */
function rewritten(
  element: BerElement,
  path: readonly number[],
  change: (element: BerElement) => Buffer,
  depth = 0,
): Buffer {
  const [step, ...rest] = path;
  const { children } = element;
  if (step === undefined || children.length === 0 || isCertificates(element, depth))
    return change(element);
  const parts = children.map((child, i) =>
    i === step % children.length ? rewritten(child, rest, change, depth + 1) : child.raw,
  );
  return der(element.tag, ...parts);
}

const isCertificates = ({ tag }: BerElement, depth: number): boolean => depth === 3 && tag === 0xa0;

function edited(element: BerElement, what: string, taken: Buffer, byte: number): Buffer {
  const { tag, raw, content } = element;
  if (what === 'leave out') return Buffer.alloc(0);
  if (what === 'double') return Buffer.concat([raw, raw]);
  if (what === 'take') return taken;
  if (what === 'loosen')
    return Buffer.concat([Buffer.from([tag, 0x80]), content, Buffer.from([0, 0])]);
  if (what === 'retag') return der(byte, content);
  // A length in more bytes than it needs, as BER allows.
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([Buffer.from([tag, 0x84]), length, content]);
}
