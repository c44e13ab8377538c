import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';

import { changeAsOtherProduct } from '../licenses/other-product.ts';
import type { LicenseService } from '../licenses/service.ts';
import { AdamId, BULK_BODY, Id, locationOf, MdmInfo, Pricing, Strict, UId } from './schemas.ts';

const tags = ['people and licenses'];

/** What other products assign. */
export function registerAssignmentControls(root: FastifyInstance, service: LicenseService): void {
  root.withTypeProvider<TypeBoxTypeProvider>().post(
    '/_control/assignments',
    {
      bodyLimit: BULK_BODY,
      schema: {
        tags,
        summary: 'Assign or take back as another product would, at once',
        body: Type.Object(
          {
            uId: UId,
            operation: Type.Optional(
              Type.Enum(['associate', 'disassociate'], { default: 'associate' }),
            ),
            assignments: Type.Array(
              Type.Object(
                {
                  adamId: AdamId,
                  pricingParam: Pricing,
                  serialNumbers: Type.Optional(Type.Array(Id)),
                  clientUserIds: Type.Optional(Type.Array(Id)),
                },
                Strict,
              ),
              { minItems: 1 },
            ),
            mdmInfo: Type.Optional(MdmInfo),
            notify: Type.Optional(
              Type.Boolean({ default: true, description: 'Tell the subscribed server.' }),
            ),
          },
          Strict,
        ),
      },
    },
    (request) => {
      const { uId, operation = 'associate', assignments, mdmInfo, notify = true } = request.body;
      const location = locationOf(service, uId);
      if (mdmInfo) location.mdmInfo = mdmInfo;
      return changeAsOtherProduct(service, location, operation, assignments, notify);
    },
  );
}
