import { Type } from 'typebox';
import { pushCertificate, type PushCertificate, setPushCertificate } from '../../devices/index.ts';
import { Problem } from '../../errors.ts';
import { callerOf } from '../auth.ts';
import type { Face } from './face.ts';

const pem = Type.String({ minLength: 1, maxLength: 65_536 });
const body = Type.Object({ certificate: pem, key: pem });

/** GET and PUT /api/push-certificate: the organization's MDM push certificate, PEM */
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
}

function view({ topic, expiresAt, problem }: PushCertificate): object {
  return { topic, expiresDateTime: expiresAt, problem };
}
