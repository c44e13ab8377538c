import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  onRequestAsyncHookHandler,
} from 'fastify';
import type { Context } from '../context.ts';
import { Problem } from '../errors.ts';
import {
  type NewSession,
  type Principal,
  principalOfApiToken,
  principalOfSession,
} from '../identity/index.ts';
import { comesFromOwnPage } from './host-check.ts';
import { SignedOut } from './signed-out.ts';

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | undefined;
  }
  interface FastifyContextConfig {
    /** Needs no session: signing in, and asking whether one is signed in. */
    public?: boolean;
  }
}

const reading = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Lets in who is known: a session's cookie or an API token. Writes need an administrator; writes that a cookie
 * vouches for must come from a page of this server.
 */
export function authenticate(app: FastifyInstance, context: Context): onRequestAsyncHookHandler {
  return async (request) => {
    const principal = withReason(await principalOf(context, request), request);
    request.principal = principal;
    const writes = !reading.has(request.method);
    if (request.routeOptions.config.public === true) {
      if (writes && comesFromOwnPage(app, context.config, request) === false) throw crossOrigin();
      return;
    }
    if (principal === undefined) throw new SignedOut();
    if (!writes) return;
    if (principal.role !== 'administrator') {
      throw new Problem(
        'forbidden',
        'readOnly',
        'This account may read only; ask an administrator.',
      );
    }
    if (principal.by === 'session' && comesFromOwnPage(app, context.config, request) !== true) {
      throw crossOrigin();
    }
  };
}

/** A write may say why, in the header `reason`; percent-encoded where it is not plain ASCII. */
function withReason(
  principal: Principal | undefined,
  request: FastifyRequest,
): Principal | undefined {
  const { reason } = request.headers;
  if (principal === undefined || typeof reason !== 'string' || reason === '') return principal;
  return { ...principal, actor: { ...principal.actor, reason: decoded(reason).slice(0, 500) } };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

/** Who makes the request; only for routes behind `authenticate` that are not public. */
export function callerOf(request: FastifyRequest): Principal {
  if (request.principal === undefined) throw new SignedOut();
  return request.principal;
}

/** The secret in the session's cookie. */
export function sessionSecret(context: Context, request: FastifyRequest): string | undefined {
  const wanted = cookieName(context);
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === wanted && value !== undefined && value !== '') return value;
  }
  return undefined;
}

/** Hands the browser its session; an ended one takes the cookie away. */
export function setSessionCookie(
  context: Context,
  reply: FastifyReply,
  session: NewSession | undefined,
): void {
  const secure = isSecure(context) ? '; Secure' : '';
  const expires = (session?.expiresAt ?? new Date(0)).toUTCString();
  reply.header(
    'set-cookie',
    `${cookieName(context)}=${session?.secret ?? ''}; Path=/; HttpOnly; SameSite=Lax; Expires=${expires}${secure}`,
  );
}

async function principalOf(
  context: Context,
  request: FastifyRequest,
): Promise<Principal | undefined> {
  const { authorization } = request.headers;
  const now = context.clock.now();
  if (authorization !== undefined) {
    const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    return token === undefined ? undefined : principalOfApiToken(context.db, token, now);
  }
  const secret = sessionSecret(context, request);
  return secret === undefined ? undefined : principalOfSession(context.db, secret, now);
}

/** Browsers keep a `__Host-` cookie to https and to this very host. */
function cookieName(context: Context): string {
  return isSecure(context) ? '__Host-allotment_session' : 'allotment_session';
}

function isSecure(context: Context): boolean {
  return context.config.publicUrl.protocol === 'https:';
}

function crossOrigin(): Problem {
  return new Problem(
    'forbidden',
    'crossOrigin',
    'A signed-in browser may write only from a page of this server; scripts use an API token.',
  );
}
