import type { FastifyInstance } from 'fastify';

import type { DeveloperKeys } from '../catalog/developer-keys.ts';

/** Keys for the metadata API. */
export function registerDeveloperKeyControls(root: FastifyInstance, keys: DeveloperKeys): void {
  root.post(
    '/_control/developer-keys',
    {
      schema: {
        tags: ['catalog'],
        summary: 'Make a key that signs developer tokens for /v1/catalog: key id, team id, PEM',
      },
    },
    (_request, reply) => reply.code(201).send(keys.issue()),
  );
}
