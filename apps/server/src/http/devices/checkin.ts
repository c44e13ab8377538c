import { parseCheckin, userChannelChallenge } from '@allotment/device-management';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { handleCheckin } from '../../devices/index.ts';
import { bodyOf } from './body.ts';
import type { DeviceSigner } from './signer.ts';

/**
 * PUT /mdm/checkin: a device enrolls, tells its push token, or leaves.
 * @see https://developer.apple.com/documentation/devicemanagement/check-in
 */
export function registerCheckin(
  app: FastifyInstance,
  context: Context,
  signer: DeviceSigner,
): void {
  app.put('/mdm/checkin', async (request, reply) => {
    const body = bodyOf(request);
    const sender = await signer.senderOf(request, body);
    const outcome = await handleCheckin(context, sender, parseCheckin(body));
    if (outcome === 'userAccepted')
      return reply.code(200).type('application/xml; charset=UTF-8').send(userChannelChallenge());
    // 410 tells a device that its people are not managed one by one.
    return reply.code(outcome === 'accepted' ? 200 : 410).send();
  });
}
