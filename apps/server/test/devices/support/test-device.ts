import { privateEncrypt, randomUUID } from 'node:crypto';
import {
  isDictionary,
  type PlistDictionary,
  type PlistValue,
  readPlist,
  writePlist,
} from '@allotment/device-management';
import forge from 'node-forge';
import { createEnrollmentLink } from '../../../src/devices/index.ts';
import { TOPIC } from './credentials.ts';
import { actor, type Mdm } from './mdm.ts';

/** The key and certificate a device gets out of its profile, PEM. */
export interface Identity {
  readonly key: string;
  readonly certificate: string;
}

/** What a device was told to do. */
export interface Told {
  readonly id: string;
  readonly requestType: string;
  readonly command: PlistDictionary;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
  /** Undefined when the body is empty. */
  readonly told: Told | undefined;
}

/** A device that speaks Apple's protocol with the server under test, message by message. */
export class TestDevice {
  readonly mdm: Mdm;
  readonly serialNumber: string;
  readonly udid: string;
  identity: Identity | undefined;
  /** What it calls its identifier: EnrollmentID under User Enrollment. */
  idKind: 'UDID' | 'EnrollmentID' = 'UDID';
  /** What it says in its signatures, where it says it, of when it made them. */
  signedAt: Date | undefined;
  /** What the addresses of its profile end with. */
  query = '';
  /** On the channel of a person, who that is. */
  userId: string | undefined;

  constructor(mdm: Mdm, serialNumber: string, udid: string = randomUUID().toUpperCase()) {
    this.mdm = mdm;
    this.serialNumber = serialNumber;
    this.udid = udid;
  }

  /** The channel of a person who is signed in there. */
  channel(userId: string): TestDevice {
    const { identity, idKind, query } = this;
    const same = new TestDevice(this.mdm, this.serialNumber, this.udid);
    return Object.assign(same, { identity, idKind, query, userId });
  }

  /** Asks whether the person is managed. */
  async authenticateUser(): Promise<Reply> {
    return this.checkin({ MessageType: 'UserAuthenticate' });
  }

  /** Opens a new enrollment link and enrolls. */
  async enroll(personId?: string): Promise<void> {
    await this.installProfile(personId);
    await this.authenticate();
    await this.updateToken();
  }

  /** Gets a profile and the identity in it; nothing is sent to the server yet. */
  async installProfile(personId?: string): Promise<PlistDictionary> {
    const link = await createEnrollmentLink(
      this.mdm.context,
      { personId, ownership: 'company' },
      actor,
    );
    return this.openLink(link.url);
  }

  async openLink(url: string): Promise<PlistDictionary> {
    const response = await this.mdm.http.inject({ method: 'POST', url: new URL(url).pathname });
    return this.takeProfile(response.rawPayload);
  }

  /** Keeps the identity in a profile, and the addresses it names. */
  takeProfile(encoded: Buffer): PlistDictionary {
    const profile = dictionary(readPlist(encoded));
    this.query = new URL(text(payloadOf(profile, 'com.apple.mdm')['CheckInURL'])).search;
    this.identity = identityIn(profile);
    return profile;
  }

  async authenticate(more: PlistDictionary = {}): Promise<Reply> {
    return this.checkin({
      MessageType: 'Authenticate',
      Topic: TOPIC,
      ...(this.idKind === 'EnrollmentID' ? {} : { SerialNumber: this.serialNumber }),
      OSVersion: '18.1',
      ProductName: 'iPhone15,4',
      ...more,
    });
  }

  async updateToken(more: PlistDictionary = {}): Promise<Reply> {
    return this.checkin({
      MessageType: 'TokenUpdate',
      Topic: TOPIC,
      Token: Buffer.alloc(32, 7),
      PushMagic: 'magic-1',
      ...more,
    });
  }

  async checkOut(): Promise<Reply> {
    return this.checkin({ MessageType: 'CheckOut', Topic: TOPIC });
  }

  async checkin(message: PlistDictionary): Promise<Reply> {
    return this.put('/mdm/checkin', writePlist({ ...this.#sender, ...message }));
  }

  /** Begins a session. */
  async idle(): Promise<Reply> {
    return this.connect({ Status: 'Idle' });
  }

  async answer(told: Told, status: string, result: PlistDictionary = {}): Promise<Reply> {
    return this.connect({ Status: status, CommandUUID: told.id, ...result });
  }

  async connect(message: PlistDictionary): Promise<Reply> {
    return this.put('/mdm/connect', writePlist({ ...this.#sender, ...message }));
  }

  get #sender(): PlistDictionary {
    return {
      [this.idKind]: this.udid,
      ...(this.userId === undefined ? {} : { UserID: this.userId }),
    };
  }

  /** Sends a body, signed with the device's identity unless a signature is given. */
  async put(path: string, body: Buffer, signature?: string): Promise<Reply> {
    const signed = signature ?? (this.identity && sign(this.identity, body, this.signedAt));
    const response = await this.mdm.http.inject({
      method: 'PUT',
      url: `${path}${this.query}`,
      headers: {
        'content-type': 'application/x-apple-aspen-mdm; charset=UTF-8',
        ...(signed === undefined ? {} : { 'mdm-signature': signed }),
      },
      body,
    });
    return {
      status: response.statusCode,
      text: response.payload,
      told:
        path === '/mdm/connect' && response.statusCode === 200
          ? toldIn(response.rawPayload)
          : undefined,
    };
  }

  /** A session: takes every command and answers it as `respond` says. Returns what was told, in order. */
  async session(
    respond: (told: Told) => { status: string; result?: PlistDictionary },
  ): Promise<readonly Told[]> {
    const all: Told[] = [];
    let { told } = await this.idle();
    while (told !== undefined) {
      all.push(told);
      const { status, result } = respond(told);
      ({ told } = await this.answer(told, status, result));
    }
    return all;
  }
}

/** Signs as a device does: detached CMS with signed attributes, base64. */
export function sign(identity: Identity, body: Buffer, signedAt?: Date): string {
  const cms = forge.pkcs7.createSignedData();
  cms.content = forge.util.createBuffer(body.toString('latin1'));
  cms.addCertificate(identity.certificate);
  cms.addSigner({
    key: nativeKey(identity.key),
    certificate: identity.certificate,
    digestAlgorithm: forge.pki.oids['sha256'] ?? '',
    authenticatedAttributes: [
      { type: forge.pki.oids['contentType'] ?? '', value: forge.pki.oids['data'] ?? '' },
      { type: forge.pki.oids['messageDigest'] ?? '' },
      ...(signedAt === undefined
        ? []
        : [{ type: forge.pki.oids['signingTime'] ?? '', value: signedAt.toISOString() }]),
    ],
  });
  cms.sign({ detached: true });
  return Buffer.from(forge.asn1.toDer(cms.toAsn1()).getBytes(), 'latin1').toString('base64');
}

/** DER of a DigestInfo for SHA-256, up to the digest itself. */
const DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

/** Lets forge sign with the key in native code: its own takes longer than everything else in these tests. */
function nativeKey(pem: string): forge.pki.rsa.PrivateKey {
  const sign = (digest: forge.md.MessageDigest): string => {
    const info = Buffer.concat([DIGEST_INFO, Buffer.from(digest.digest().getBytes(), 'latin1')]);
    return privateEncrypt(pem, info).toString('latin1');
  };
  return { sign } as forge.pki.rsa.PrivateKey;
}

function toldIn(body: Buffer): Told | undefined {
  if (body.length === 0) return undefined;
  const message = dictionary(readPlist(body));
  const command = dictionary(message['Command']);
  return {
    id: text(message['CommandUUID']),
    requestType: text(command['RequestType']),
    command,
  };
}

function hasPayload(profile: PlistDictionary, type: string): boolean {
  const content = profile['PayloadContent'];
  return (
    Array.isArray(content) &&
    content.some((payload) => isDictionary(payload) && payload['PayloadType'] === type)
  );
}

/** The payload of a profile with the given type. */
export function payloadOf(profile: PlistDictionary, type: string): PlistDictionary {
  const content = profile['PayloadContent'];
  const payloads = Array.isArray(content) ? content.filter(isDictionary) : [];
  return dictionary(payloads.find((payload) => payload['PayloadType'] === type));
}

/** Undefined where the device is to ask a SCEP server for its identity. */
function identityIn(profile: PlistDictionary): Identity | undefined {
  if (hasPayload(profile, 'com.apple.security.scep')) return undefined;
  const payload = payloadOf(profile, 'com.apple.security.pkcs12');
  const pkcs12 = payload['PayloadContent'];
  if (!(pkcs12 instanceof Uint8Array)) throw new Error('the profile has no identity');
  const asn1 = forge.asn1.fromDer(Buffer.from(pkcs12).toString('latin1'));
  const bags = forge.pkcs12.pkcs12FromAsn1(asn1, text(payload['Password']));
  const { certBag = '', pkcs8ShroudedKeyBag = '' } = forge.pki.oids;
  const certificate = bags.getBags({ bagType: certBag })[certBag]?.[0]?.cert;
  const key = bags.getBags({ bagType: pkcs8ShroudedKeyBag })[pkcs8ShroudedKeyBag]?.[0]?.key;
  if (!certificate || !key) throw new Error('the identity is not whole');
  return {
    key: forge.pki.privateKeyToPem(key),
    certificate: forge.pki.certificateToPem(certificate),
  };
}

function dictionary(value: PlistValue | undefined): PlistDictionary {
  if (!isDictionary(value)) throw new Error('a dictionary is missing');
  return value;
}

function text(value: PlistValue | undefined): string {
  if (typeof value !== 'string') throw new Error('a text is missing');
  return value;
}
