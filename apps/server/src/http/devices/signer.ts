import {
  type MessageSigner,
  SignatureError,
  SignatureVerifier,
} from '@allotment/device-management';
import type { FastifyRequest } from 'fastify';
import type { Context } from '../../context.ts';
import { deviceAuthorities, type DeviceSender, readEnrollmentCode } from '../../devices/index.ts';
import { ClientCertReader } from './client-cert.ts';

/** How long the authorities are remembered, in milliseconds: another process may have changed them. */
const rememberedForMs = 60_000;

interface Known {
  /** The authorities it was made of. */
  readonly key: string;
  readonly verifier: SignatureVerifier;
  readonly readAt: number;
}

/** Tells which identity a device's message comes from. */
export class DeviceSigner {
  readonly #context: Context;
  readonly #clientCerts: ClientCertReader;
  #known: Known | undefined;

  constructor(context: Context) {
    this.#context = context;
    this.#clientCerts = new ClientCertReader(context.config);
  }

  /**
   * The certificate that a listed proxy saw in the TLS handshake, else the one that signed the body.
   *
   * @throws SignatureError when neither is an identity of a device of this server
   */
  async senderOf(request: FastifyRequest, body: Buffer): Promise<DeviceSender> {
    const der = this.#clientCerts.read(request);
    const header = request.headers['mdm-signature'];
    const signature = typeof header === 'string' ? header : undefined;
    const now = this.#context.clock.now();
    const sender = await this.#judge(now, (verifier) =>
      der === undefined ? verifier.verify(signature, body, now) : verifier.check(der, now),
    );
    return { ...sender, enrollmentId: this.#enrollmentOf(request) };
  }

  /** By the code in the address of its profile; undefined for another code or none. */
  #enrollmentOf({ query }: FastifyRequest): string | undefined {
    if (typeof query !== 'object' || query === null || !('enrollment' in query)) return undefined;
    const { enrollment: code } = query;
    return typeof code === 'string' ? readEnrollmentCode(this.#context.secrets, code) : undefined;
  }

  async #judge(
    now: Date,
    judge: (verifier: SignatureVerifier) => MessageSigner,
  ): Promise<MessageSigner> {
    const known = await this.#open(now);
    try {
      return judge(known);
    } catch (error) {
      if (!(error instanceof SignatureError) || error.code !== 'certificateUntrusted') throw error;
      // The authority may have been added since it was asked for.
      const verifier = await this.#read(now);
      if (verifier === known) throw error;
      return judge(verifier);
    }
  }

  async #open(now: Date): Promise<SignatureVerifier> {
    const known = this.#known;
    const isFresh = known !== undefined && Math.abs(now.getTime() - known.readAt) < rememberedForMs;
    return isFresh ? known.verifier : this.#read(now);
  }

  /** The same verifier as before, with what it remembers, when the authorities are the same. */
  async #read(now: Date): Promise<SignatureVerifier> {
    const authorities = await deviceAuthorities(this.#context.db);
    if (authorities.length === 0)
      throw new SignatureError('certificateUntrusted', 'this server has not enrolled a device yet');
    const key = authorities.join('\n');
    const verifier =
      this.#known?.key === key ? this.#known.verifier : new SignatureVerifier({ authorities });
    this.#known = { key, verifier, readAt: now.getTime() };
    return verifier;
  }
}
