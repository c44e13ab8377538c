import type { FastifyRequest } from 'fastify';

/** In bytes; more than the longest answer of a device. */
export const deviceBodyLimit = 8 * 1024 * 1024;

/** The bytes of a request as they came; none for a request without a body. */
export function bodyOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}
