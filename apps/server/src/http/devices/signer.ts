import {
  SignatureError,
  SignatureVerifier,
  type SignerCertificate,
} from '@allotment/device-management';
import type { FastifyRequest } from 'fastify';
import type { Context } from '../../context.ts';
import { authorityCertificate } from '../../devices/index.ts';

/** Tells which identity signed a device's message. */
export class DeviceSigner {
  readonly #context: Context;
  #verifier: SignatureVerifier | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  /** @throws SignatureError when the message is not signed by an identity this server issued */
  async signerOf(request: FastifyRequest, body: Buffer): Promise<SignerCertificate> {
    const header = request.headers['mdm-signature'];
    const verifier = await this.#open();
    return verifier.verify(
      typeof header === 'string' ? header : undefined,
      body,
      this.#context.clock.now(),
    );
  }

  /** There is no authority before the first enrollment; then it stays the same. */
  async #open(): Promise<SignatureVerifier> {
    if (this.#verifier !== undefined) return this.#verifier;
    const certificate = await authorityCertificate(this.#context.db);
    if (certificate === undefined)
      throw new SignatureError('certificateUntrusted', 'this server has not enrolled a device yet');
    this.#verifier = new SignatureVerifier({ authorities: [certificate] });
    return this.#verifier;
  }
}
