import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../../context.ts';
import { accountProfile, organizationName, signInByCode } from '../../devices/index.ts';
import { Problem } from '../../errors.ts';
import { bodyOf } from './body.ts';
import { sendProfile } from './enroll.ts';
import { pagePolicy, renderPage } from './page.ts';
import { signInPage } from './sign-in-page.ts';

const base = '/account-enrollment';
/** Where the device waits for the result of the sign-in. */
const resultScheme = 'apple-remotemanagement-user-login:';

interface WithAccount {
  Querystring: Record<string, unknown>;
}

/**
 * User Enrollment by the Managed Apple Account: a person signs in to it in Settings, and the device asks
 *
 * - GET /.well-known/com.apple.remotemanagement of the account's domain, which server to enroll with;
 * - POST /account-enrollment, for the profile: 401 with the address of our sign-in page at first, which is no harm for
 *   a device that is not enrolled, and the profile with the access token it got there;
 * - GET and POST /account-enrollment/sign-in, in a web view: the page, and its code for the token.
 *
 * @see https://developer.apple.com/documentation/devicemanagement/implementing-the-simple-authentication-account-driven-enrollment-flow
 */
export function registerAccountEnrollment(app: FastifyInstance, context: Context): void {
  const { publicUrl } = context.config;
  const address = (path: string): string => new URL(path, publicUrl).href;
  app.get('/.well-known/com.apple.remotemanagement', async () => {
    if (publicUrl.protocol !== 'https:')
      throw new Problem('notFound', 'publicUrlNotHttps', 'Devices enroll over https only.');
    return { Servers: [{ Version: 'mdm-byod', BaseURL: address(base) }] };
  });
  app.post(base, async (request, reply) => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const profile = token === undefined ? undefined : await accountProfile(context, token);
    if (profile !== undefined) return sendProfile(reply, profile);
    const challenge = `Bearer method="apple-as-web", url="${address(`${base}/sign-in`)}"`;
    return reply.code(401).header('www-authenticate', challenge).send();
  });
  app.get<WithAccount>(`${base}/sign-in`, async (request, reply) => sendPage(request, reply));
  app.post<WithAccount>(`${base}/sign-in`, async (request, reply) => {
    const form = new URLSearchParams(bodyOf(request).toString());
    try {
      const code = form.get('code') ?? '';
      const signIn = { code, account: accountOf(request), caller: request.ip };
      const token = await signInByCode(context, signIn);
      return await reply
        .code(308)
        .header('cache-control', 'no-store')
        .header('location', `${resultScheme}//authentication-results?access-token=${token}`)
        .send();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      request.log.warn({ code: error.code }, 'a sign-in for enrollment was refused');
      return sendPage(request, reply.code(error.kind === 'forbidden' ? 429 : 400), error.message);
    }
  });

  async function sendPage(
    request: FastifyRequest<WithAccount>,
    reply: FastifyReply,
    refusal?: string,
  ): Promise<FastifyReply> {
    const nonce = randomBytes(16).toString('base64');
    const organization = await organizationName(context, context.db);
    return reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('referrer-policy', 'no-referrer')
      .header('content-security-policy', pagePolicy(nonce, resultScheme))
      .send(renderPage(signInPage(organization, accountOf(request), refusal), nonce));
  }
}

/** The account that was entered in Settings: the device adds it to the address. */
function accountOf({ query }: FastifyRequest<WithAccount>): string | undefined {
  const account = query['user-identifier'];
  return typeof account === 'string' && account !== '' ? account : undefined;
}
