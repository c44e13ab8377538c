export {
  type ApiToken,
  createApiToken,
  listApiTokens,
  principalOfApiToken,
  revokeApiToken,
} from './api-tokens.ts';
export { createFirstAdministrator, createSignInLink, isFirstStart } from './first-administrator.ts';
export {
  type NewSession,
  type Principal,
  principalOfSession,
  type Role,
  signIn,
  signOut,
} from './sessions.ts';
export { SignInRefused, TooManyAttempts } from './sign-in-errors.ts';
