import { Type } from 'typebox';
import {
  discardPushRequest,
  makePushRequest,
  pushCertificate,
  type PushCertificate,
  type PushRequest,
  pushRequest,
  setPushCertificate,
  signWaitingRequest,
} from '../../devices/index.ts';
import { Problem } from '../../errors.ts';
import { callerOf } from '../auth.ts';
import type { Face } from './face.ts';

const pem = Type.String({ minLength: 1, maxLength: 65_536 });
const body = Type.Object({ certificate: pem, key: Type.Optional(pem) });
const vendorBody = Type.Object({ certificates: pem, key: pem });
const requestBody = Type.Object({ organization: Type.String({ minLength: 1, maxLength: 64 }) });

/**
 * GET and PUT /api/push-certificate: the organization's MDM push certificate, PEM; GET, POST and DELETE
 * /api/push-certificate/request: the request that an MDM vendor signs for the next one; POST …/request/sign signs it here
 */
export function registerPushCertificate({ app, context }: Face): void {
  app.get('/push-certificate', async () => {
    const certificate = await pushCertificate(context.db);
    if (certificate === undefined) {
      throw new Problem('notFound', 'noPushCertificate', 'No push certificate was uploaded yet.');
    }
    return view(certificate);
  });
  app.put('/push-certificate', { schema: { body } }, async (request) =>
    view(await setPushCertificate(context, request.body, callerOf(request).actor)),
  );
  app.get('/push-certificate/request', async () => {
    const waiting = await pushRequest(context.db);
    if (waiting === undefined)
      throw new Problem('notFound', 'noPushRequest', 'No request waits for a push certificate.');
    return requestView(waiting);
  });
  app.post(
    '/push-certificate/request',
    { schema: { body: requestBody } },
    async (request, reply) => {
      const { organization } = request.body;
      const made = await makePushRequest(context, organization, callerOf(request).actor);
      return reply.code(201).send(requestView(made));
    },
  );
  app.post('/push-certificate/request/sign', { schema: { body: vendorBody } }, async (request) => ({
    signedRequest: await signWaitingRequest(context, request.body, callerOf(request).actor),
  }));
  app.delete('/push-certificate/request', async (request, reply) => {
    await discardPushRequest(context, callerOf(request).actor);
    return reply.code(204).send();
  });
}

function requestView({ createdAt, ...request }: PushRequest): object {
  return { ...request, createdDateTime: createdAt };
}

function view({ topic, expiresAt, problem }: PushCertificate): object {
  return { topic, expiresDateTime: expiresAt, problem };
}
