import type { Organization } from './organization.ts';
import type { Random } from './random.ts';
import type { Stage } from './stage.ts';

/** What an administrator or a person does, with the outcome written into the organization. */
export type Act = (stage: Stage, organization: Organization, random: Random) => Promise<void>;
