import { MessageError, SignatureError } from '@allotment/device-management';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../../errors.ts';

/**
 * Every failure as a device understands it: 400 for what it should not send again, 503 for what it keeps and sends
 * again. 401 would make it remove its management profile, so no error ever becomes one. The text is for whoever
 * looks at the device's log, and for people who open an enrollment link.
 */
export function answerDevice(
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const refused = refusalOf(error);
  if (refused === undefined) {
    request.log.error({ err: error }, 'a device could not be answered');
    void reply.code(503).header('retry-after', '60').type('text/plain').send('Try again later.\n');
    return;
  }
  request.log.warn({ code: refused.code, reason: refused.message }, 'a device was refused');
  void reply.code(refused.status).type('text/plain').send(`${refused.message}\n`);
}

interface Refused {
  readonly status: 400 | 404;
  readonly code: string;
  readonly message: string;
}

function refusalOf(error: FastifyError | Error): Refused | undefined {
  if (error instanceof Problem && error.kind !== 'unavailable')
    return {
      status: error.kind === 'notFound' ? 404 : 400,
      code: error.code,
      message: error.message,
    };
  if (error instanceof MessageError || error instanceof SignatureError)
    return { status: 400, code: error.code, message: `The message was refused: ${error.message}.` };
  // Fastify's own: a body too large, a header it cannot read.
  if ('statusCode' in error && error.statusCode !== undefined && error.statusCode < 500)
    return { status: 400, code: error.code, message: 'The request was refused.' };
  return undefined;
}
