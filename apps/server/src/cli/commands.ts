import { Problem } from '../errors.ts';
import {
  createApiToken,
  createSignInLink,
  listApiTokens,
  revokeApiToken,
} from '../identity/index.ts';
import { pauseLocation, resumeLocation } from '../library/index.ts';
import { type Command, UsageError } from './command.ts';

const apiTokenCreate: Command = {
  name: 'api-token create',
  usage: '--name NAME --role administrator|reader',
  does: 'Makes an API token and prints it, once.',
  words: [],
  options: { name: 'who will use it', role: 'administrator, or reader, who may only read' },
  run: async (context, { options }, actor) => {
    const { name = '', role } = options;
    if (role !== 'administrator' && role !== 'reader') {
      throw new UsageError(`--role is "${role}": it must be administrator or reader.`);
    }
    const { token } = await createApiToken(context, { name, role }, actor);
    return [token];
  },
};

const apiTokenList: Command = {
  name: 'api-token list',
  usage: '',
  does: 'Lists the API tokens, without their secrets.',
  words: [],
  options: {},
  run: async (context) => {
    const tokens = await listApiTokens(context.db);
    return tokens.map(({ id, name, role, lastUsedAt }) =>
      [
        id,
        role,
        lastUsedAt === null ? 'never used' : `last used ${lastUsedAt.toISOString()}`,
        name,
      ].join('  '),
    );
  },
};

const apiTokenRevoke: Command = {
  name: 'api-token revoke',
  usage: 'ID',
  does: 'Makes an API token void at once.',
  words: ['ID'],
  options: {},
  run: async (context, { words: [id = ''] }, actor) => {
    await revokeApiToken(context, id, actor);
    return [`The API token ${id} is void.`];
  },
};

const signInLink: Command = {
  name: 'sign-in-link',
  usage: '',
  does: 'Prints the link under which the first administrator signs up; good once, for an hour.',
  words: [],
  options: {},
  run: async (context) => {
    const link = await createSignInLink(context);
    if (link === undefined) {
      throw new Problem(
        'conflict',
        'administratorExists',
        `There is an administrator already: sign in at ${context.config.publicUrl.href}`,
      );
    }
    return [link];
  },
};

const reason = { reason: 'why, for the audit' };

const locationPause: Command = {
  name: 'location pause',
  usage: 'UID --reason REASON',
  does: 'Stops all writing to Apple for a location; reading goes on and changes queue.',
  words: ['UID'],
  options: reason,
  run: async (context, { words: [uid = ''], options }, actor) => {
    await pauseLocation(context, uid, options['reason'] ?? '', actor);
    return [`The location ${uid} is paused.`];
  },
};

const locationResume: Command = {
  name: 'location resume',
  usage: 'UID --reason REASON',
  does: 'Lets a paused location write to Apple again.',
  words: ['UID'],
  options: reason,
  run: async (context, { words: [uid = ''], options }, actor) => {
    await resumeLocation(context, uid, options['reason'] ?? '', actor);
    return [`The location ${uid} writes to Apple again.`];
  },
};

export const commands: readonly Command[] = [
  apiTokenCreate,
  apiTokenList,
  apiTokenRevoke,
  signInLink,
  locationPause,
  locationResume,
];
