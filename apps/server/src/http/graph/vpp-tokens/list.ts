import { type Face, listInMemory, readCall, sendCount, sendPage } from '../call.ts';
import { readVppTokens, vppTokens } from './entity.ts';

const searchable = ['displayName', 'organizationName', 'locationName', 'appleId'];

/** GET /deviceAppManagement/vppTokens and …/$count */
export function listVppTokens({ app, context, version }: Face): void {
  app.get(`/${vppTokens.path}`, async (request, reply) => {
    const call = readCall(request, vppTokens, version);
    return sendPage(reply, call, listInMemory(call, await readVppTokens(context.db), searchable));
  });
  app.get(`/${vppTokens.path}/$count`, async (request, reply) => {
    const call = readCall(request, vppTokens, version);
    const { count } = listInMemory(call, await readVppTokens(context.db), searchable);
    return sendCount(reply, count);
  });
}
