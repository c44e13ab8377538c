import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { registerAccountEnrollment } from './account-enrollment.ts';
import { deviceBodyLimit } from './body.ts';
import { registerCheckin } from './checkin.ts';
import { registerConnect } from './connect.ts';
import { registerEnroll } from './enroll.ts';
import { answerDevice } from './errors.ts';
import { DeviceSigner } from './signer.ts';

/**
 * What devices call. Nothing here asks for a session, and nothing below /mdm ever answers 401: a device would unenroll.
 */
export async function registerDevices(app: FastifyInstance, context: Context): Promise<void> {
  await app.register(async (devices) => {
    devices.setErrorHandler(answerDevice);
    // Bodies are signed byte for byte, whatever type they claim to have.
    devices.removeAllContentTypeParsers();
    devices.addContentTypeParser(
      '*',
      { parseAs: 'buffer', bodyLimit: deviceBodyLimit },
      (_request, body, done) => done(null, body),
    );
    const signer = new DeviceSigner(context);
    registerEnroll(devices, context);
    registerAccountEnrollment(devices, context);
    registerCheckin(devices, context, signer);
    registerConnect(devices, { ...context, db: context.preparedDb }, signer);
  });
}
