/** The name or the password is wrong; which of them is not said. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused';

  constructor() {
    super('The sign-in name or the password is wrong.');
  }
}

/** Too many failed attempts for one name. */
export class TooManyAttempts extends Error {
  override readonly name = 'TooManyAttempts';
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super(
      `Too many failed attempts to sign in under this name; try again in ${Math.ceil(retryAfterSeconds / 60)} minutes.`,
    );
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
