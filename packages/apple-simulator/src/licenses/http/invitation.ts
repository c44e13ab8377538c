import type { FastifyInstance } from 'fastify';

import type { LicenseAuthority } from '../../core/world.ts';
import type { LicenseService } from '../service.ts';
import { INVITATION_PATH } from './service-config.ts';

/** The page on which a person accepts an invitation with an Apple Account. */
export function registerInvitationPage(
  app: FastifyInstance,
  { people }: LicenseService,
  authority: LicenseAuthority,
): void {
  app.register((scope, _options, done) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, parsed) =>
        parsed(null, Object.fromEntries(new URLSearchParams(String(body)))),
    );
    scope.get(INVITATION_PATH, (request, reply) => {
      const { inviteCode = '' } = request.query as Record<string, string>;
      return reply.type('text/html').send(form(inviteCode));
    });
    scope.post(INVITATION_PATH, async (request, reply) => {
      const { inviteCode = '' } = request.query as Record<string, string>;
      const { appleAccount = '' } = (request.body ?? {}) as Record<string, string>;
      const person = people.byAccount(appleAccount);
      const accepted =
        person !== undefined && (await authority.acceptInvitation(inviteCode, person));
      const text = accepted
        ? 'You can now use the apps of your organization.'
        : 'This invitation or this Apple Account is not valid.';
      return reply
        .code(accepted ? 200 : 400)
        .type('text/html')
        .send(document(`<p>${text}</p>`));
    });
    done();
  });
}

function form(inviteCode: string): string {
  return document(`<form method="post" action="${INVITATION_PATH}?inviteCode=${encodeURIComponent(inviteCode)}">
<label>Apple Account <input name="appleAccount" type="email" required autofocus></label>
<button>Accept</button></form>`);
}

function document(body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Invitation</title><h1>Invitation</h1>${body}</html>`;
}
