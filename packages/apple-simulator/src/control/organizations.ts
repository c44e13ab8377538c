import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';

import { endTokens, returnClaim, stealClaim } from '../licenses/claims.ts';
import type { LicenseService } from '../licenses/service.ts';
import { locationOf, MdmInfo, Strict, UId } from './schemas.ts';

const tags = ['organizations'];

const OrganizationRequest = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    kind: Type.Optional(Type.Enum(['business', 'school'], { default: 'business' })),
    country: Type.Optional(Type.String({ pattern: '^[A-Z]{2}$', default: 'US' })),
    locations: Type.Optional(
      Type.Array(Type.Object({ name: Type.String({ minLength: 1 }) }, Strict), {
        minItems: 1,
        description: 'Default: one, named after the organization.',
      }),
    ),
  },
  Strict,
);

const TokenRequest = Type.Object(
  {
    uId: UId,
    contentManager: Type.Optional(
      Type.String({
        description:
          'Who downloads it. A new token revokes the older ones of the same content manager; another one gets a second token of the same uId.',
      }),
    ),
    expiresInDays: Type.Optional(Type.Number({ default: 365, description: 'Negative: expired.' })),
    state: Type.Optional(
      Type.Enum(['valid', 'revoked', 'legacy', 'facilitator'], { default: 'valid' }),
    ),
    readOnly: Type.Optional(Type.Boolean({ default: false })),
    form: Type.Optional(
      Type.Enum(['file', 'inner'], {
        default: 'file',
        description: 'inner: the decoded inner token, which is no valid bearer value.',
      }),
    ),
  },
  Strict,
);

/** Organizations with their locations, content tokens, and who manages a location. */
export function registerOrganizationControls(root: FastifyInstance, service: LicenseService): void {
  const app = root.withTypeProvider<TypeBoxTypeProvider>();
  const { registry, tokens, core } = service;

  app.post(
    '/_control/organizations',
    {
      schema: {
        tags,
        summary: 'Add an organization with its locations',
        body: OrganizationRequest,
      },
    },
    (request, reply) => {
      const { name, kind = 'business', country = 'US', locations = [{ name }] } = request.body;
      const organization = registry.addOrganization({ name, kind, country });
      const added = locations.map((location) => registry.addLocation(organization, location.name));
      return reply.code(201).send({
        ...organization,
        locations: added.map((location) => ({ uId: location.uId, name: location.name })),
      });
    },
  );

  app.post(
    '/_control/tokens',
    {
      schema: {
        tags,
        summary: 'Download a content token: answers the text of the .vpptoken file',
        body: TokenRequest,
      },
    },
    (request, reply) => {
      const { uId, form, ...input } = request.body;
      const location = locationOf(service, uId);
      const token = tokens.issue(location, input, core.clock.now());
      return reply
        .code(201)
        .type('text/plain')
        .header('content-disposition', `attachment; filename="sToken_for_${uId}.vpptoken"`)
        .send(form === 'inner' ? token.inner : token.text);
    },
  );

  for (const [act, end] of [
    ['revoke', 'revoked'],
    ['expire', 'expired'],
  ] as const) {
    app.post(
      `/_control/tokens/${act}`,
      {
        schema: {
          tags,
          summary: `The valid tokens of a location, or of one of its content managers, are ${end} from now on`,
          body: Type.Object({ uId: UId, contentManager: Type.Optional(Type.String()) }, Strict),
        },
      },
      (request) => {
        const { uId, contentManager } = request.body;
        return { [end]: endTokens(service, locationOf(service, uId), end, contentManager) };
      },
    );
  }
  registerTakeover(root, service);
}

function registerTakeover(root: FastifyInstance, service: LicenseService): void {
  const app = root.withTypeProvider<TypeBoxTypeProvider>();
  app.post(
    '/_control/takeover',
    {
      schema: {
        tags,
        summary: 'Another device management service claims a location',
        body: Type.Object({ uId: UId, mdmInfo: Type.Optional(MdmInfo) }, Strict),
      },
    },
    (request) => {
      const { uId, mdmInfo } = request.body;
      return { uId, mdmInfo: stealClaim(service, locationOf(service, uId), mdmInfo) };
    },
  );
  app.post(
    '/_control/takeover/end',
    {
      schema: {
        tags,
        summary: 'The location goes back to who managed it before the takeover',
        body: Type.Object({ uId: UId }, Strict),
      },
    },
    (request) => {
      const { uId } = request.body;
      return { uId, mdmInfo: returnClaim(service, locationOf(service, uId)) ?? null };
    },
  );
}
