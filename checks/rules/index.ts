import type { Rule } from '../tree.ts';
import { behaviorTitles } from './behaviors.ts';
import { roomNames, roomOrder, workspaces } from './imports.ts';
import { declared, licensed, pinned, used } from './manifests.ts';
import { forbidden, sizes, vendored } from './patterns.ts';
import { columnsUsed, schemaNames, writers } from './schemas.ts';

/** What the repository holds against itself. */
export const rules: Readonly<Record<string, Rule>> = {
  'workspaces know whom they may know': workspaces,
  'rooms know the rooms before them': roomOrder,
  'the server has the rooms of the plan': roomNames,
  'workspaces name what they import': declared,
  'workspaces import what they name': used,
  'a room writes its own tables only': writers,
  'schemas are named as rooms': schemaNames,
  'columns are read or written': columnsUsed,
  'nothing forbidden is in the sources': forbidden,
  'nothing is copied in': vendored,
  'files can be read in one go': sizes,
  'versions are exact': pinned,
  'every workspace is licensed': licensed,
  'titles of tests name behaviors that exist': behaviorTitles,
};
