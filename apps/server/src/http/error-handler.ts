import { errorBody } from '@allotment/graph-odata';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';
import { isGraphPath } from './graph/address.ts';
import { type Refusal, refusalOf } from './refusal.ts';
import { clientRequestId } from './request-ids.ts';

const fault: Refusal = {
  status: 500,
  graphCode: 'InternalServerError',
  code: 'fault',
  message: 'Something went wrong here. The log has the details under the request id.',
};

/** The one place where an error becomes an answer: Graph's shape below its versions, ours elsewhere. */
export function answerError(
  context: Context,
): (error: Error, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    const refusal = refusalOf(error);
    if (refusal === undefined)
      request.log.error({ err: error, requestId: request.id }, 'a request failed');
    else if (refusal.status >= 500)
      request.log.warn({ err: error, requestId: request.id }, refusal.message);
    answer(context, request, reply, refusal ?? fault);
  };
}

/** What is not there: a segment Graph does not have, or a path of the API. */
export function answerNotFound(
  context: Context,
): (request: FastifyRequest, reply: FastifyReply) => void {
  return (request, reply) => {
    const [path = ''] = request.originalUrl.split('?');
    if (isGraphPath(path)) {
      answer(context, request, reply, {
        status: 400,
        graphCode: 'BadRequest',
        code: 'noSuchResource',
        message: `Resource not found for the segment '${path.split('/').at(-1) ?? ''}' with ${request.method}.`,
      });
      return;
    }
    answer(context, request, reply, {
      status: 404,
      graphCode: 'NotFound',
      code: 'noSuchPath',
      message: `There is nothing at ${path} for ${request.method}.`,
    });
  };
}

function answer(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: Refusal,
): void {
  const { code, message, field } = refusal;
  const body = isGraphPath(request.originalUrl)
    ? errorBody(refusal.graphCode, message, {
        at: context.clock.now(),
        requestId: request.id,
        clientRequestId: clientRequestId(request),
        reason: code,
        field,
      })
    : { error: { code, message, ...(field === undefined ? {} : { field }) } };
  void reply
    .code(refusal.status)
    .headers(refusal.headers ?? {})
    .type('application/json; charset=utf-8')
    .send(body);
}
