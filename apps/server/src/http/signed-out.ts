/** The caller is nobody we know: no session, an ended one, or an API token that is not valid. */
export class SignedOut extends Error {
  override readonly name = 'SignedOut';

  constructor() {
    super('Sign in, or send a valid API token as "Authorization: Bearer alt_…".');
  }
}
