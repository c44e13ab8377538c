import { parseConnect } from '@allotment/device-management';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { stillWanted } from '../../delivery/index.ts';
import { handleConnect } from '../../devices/index.ts';
import { bodyOf, deviceBodyLimit } from './body.ts';
import type { DeviceSigner } from './signer.ts';

/** The list of some ten thousand apps. */
const limits = { bytes: deviceBodyLimit, depth: 32, elements: 500_000 };

/**
 * PUT /mdm/connect: a device answers its last command and gets the next one.
 * @see https://developer.apple.com/documentation/devicemanagement/implementing_device_management/sending_mdm_commands_to_a_device
 */
export function registerConnect(
  app: FastifyInstance,
  context: Context,
  signer: DeviceSigner,
): void {
  app.put('/mdm/connect', async (request, reply) => {
    const body = bodyOf(request);
    const sender = await signer.senderOf(request, body);
    const command = await handleConnect(context, sender, parseConnect(body, limits), stillWanted);
    if (command === undefined) return reply.code(200).send();
    return reply.code(200).type('application/xml; charset=UTF-8').send(command);
  });
}
