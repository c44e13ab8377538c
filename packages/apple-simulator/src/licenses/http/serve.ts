import { setTimeout as pause } from 'node:timers/promises';

import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Location } from '../location.ts';
import type { LicenseService } from '../service.ts';
import { bearer, strikeRequest } from './gate.ts';

/** What spoils a request on its way, decided as it comes in. */
interface Trouble {
  readonly slow: { readonly ms: number; readonly when: 'before' | 'after' } | undefined;
  readonly broken: { readonly when: 'before' | 'after' } | undefined;
  readonly garbage:
    | { readonly form: 'truncated' | 'noise' | 'empty'; readonly when: 'before' | 'after' }
    | undefined;
}

/** Answers a request, unless a fault strikes it. @param answer carries it out */
export async function serve(
  service: LicenseService,
  path: string,
  request: FastifyRequest,
  reply: FastifyReply,
  answer: () => object | Promise<object>,
): Promise<unknown> {
  const { core, faults } = service;
  const location = locationOf(service, request);
  const scope = { path, ...(location && { location: location.uId }) };
  core.counters.add('requests', location?.uId);
  // Retry-After dates have to fit the clock that the caller sees.
  reply.header('date', new Date(core.clock.now()).toUTCString());
  const trouble: Trouble = {
    slow: faults.slow.strike(scope),
    broken: faults.broken.strike(scope),
    garbage: faults.garbage.strike(scope),
  };
  if (await spoil(trouble, 'before', request, reply)) return reply;
  const html = faults.html.strike(scope);
  if (html) {
    return reply.code(html.status).type('text/html').send('<html><h1>Bad Gateway</h1></html>');
  }
  strikeRequest(service, location, scope);
  const answered = await answer();
  if (location && 'eventId' in answered) {
    watchAnswer(service, location, String(answered.eventId), trouble.garbage?.when, reply);
  }
  return (await spoil(trouble, 'after', request, reply, answered)) ? reply : answered;
}

export function locationOf(
  { tokens }: LicenseService,
  request: FastifyRequest,
): Location | undefined {
  return tokens.find(bearer(request.headers.authorization))?.location;
}

/** Lets the faults have their way that strike at one moment. Resolves true when that was the answer. */
async function spoil(
  { slow, broken, garbage }: Trouble,
  moment: 'before' | 'after',
  request: FastifyRequest,
  reply: FastifyReply,
  answered: object = {},
): Promise<boolean> {
  if (slow?.when === moment) await pause(slow.ms, undefined, { ref: false });
  if (broken?.when === moment) {
    reply.hijack();
    request.raw.socket.destroy();
    return true;
  }
  if (garbage?.when !== moment) return false;
  const json = JSON.stringify(answered);
  const texts = { truncated: json.slice(0, json.length / 2), noise: '\u0000{]not json', empty: '' };
  reply.type('application/json').serializer(String).send(texts[garbage.form]);
  return true;
}

/** Notes it when the answer to a change did not reach the caller whole: nobody knows then whether it was accepted. */
function watchAnswer(
  { core, events }: LicenseService,
  location: Location,
  eventId: string,
  garbled: 'before' | 'after' | undefined,
  reply: FastifyReply,
): void {
  const note = (): void => {
    if (reply.raw.writableFinished && garbled !== 'after') return;
    events.unanswered(location, eventId);
    core.counters.add('unansweredRequests', location.uId);
    core.journal.write('request.unanswered', { uId: location.uId, eventId });
  };
  if (reply.raw.closed) note();
  else reply.raw.once('close', note);
}
