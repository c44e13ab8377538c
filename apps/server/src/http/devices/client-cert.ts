import { compile } from '@fastify/proxy-addr';
import { readClientCert, SignatureError } from '@allotment/device-management';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../../config/config.ts';

/**
 * Reads the device's certificate from the `Client-Cert` header of the proxies the operator listed. Only the address of
 * the connection itself counts: what a header says about addresses can be written by anybody.
 */
export class ClientCertReader {
  readonly #isProxy: (address: string) => boolean;

  constructor({ trustedProxies }: Config) {
    const trusts = compile([...trustedProxies]);
    this.#isProxy = (address) => trusts(address, 0);
  }

  /**
   * @returns the certificate's DER; undefined when a listed proxy sent none, or the request came from elsewhere
   * @throws SignatureError when a listed proxy sent two, or something that is no certificate
   */
  read(request: FastifyRequest): Buffer | undefined {
    const { remoteAddress } = request.raw.socket;
    if (remoteAddress === undefined || !this.#isProxy(remoteAddress)) return undefined;
    const values = request.raw.headersDistinct['client-cert'] ?? [];
    if (values.length > 1)
      throw new SignatureError(
        'malformed',
        'it carries two Client-Cert headers; the proxy must replace the one that a device sends',
      );
    return readClientCert(values[0]);
  }
}
