import type { App, Wish } from './organization.ts';
import type { Stage } from './stage.ts';

/** Saves the assignments of an app anew. */
export async function saveAssignments(
  stage: Stage,
  app: App,
  wishes: ReadonlyMap<string, Wish>,
): Promise<void> {
  await stage.api.text('PUT', `/api/apps/${app.id}/assignments`, {
    assignments: [...wishes].map(([groupId, { intent, licenseType }]) => ({
      target: { kind: intent === 'excluded' ? 'exclusionGroup' : 'group', groupId },
      intent: intent === 'excluded' ? 'required' : intent,
      licenseType,
    })),
  });
  app.wishes = wishes;
}
