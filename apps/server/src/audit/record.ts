import type { Database } from '../db/connect.ts';

/** Who did it. */
export interface Actor {
  readonly kind: 'administrator' | 'apiToken' | 'system' | 'cli';
  readonly id?: string;
  readonly name: string;
  /** Why, in the actor's words, when given. */
  readonly reason?: string;
}

/** The program itself, acting on a rule. */
export const system = (reason: string): Actor => ({ kind: 'system', name: 'Allotment', reason });

/** What was done to what. */
export interface AuditedAction {
  /** A verb and a noun in camelCase, such as `createVppToken`. */
  readonly action: string;
  readonly target: { readonly kind: string; readonly id: string; readonly name?: string };
  /** Facts worth keeping; never a secret. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Writes one audit entry in the caller's transaction, so that a write and its record stand or fall together. */
export async function recordAudit(
  db: Database,
  at: Date,
  actor: Actor,
  act: AuditedAction,
): Promise<void> {
  await db
    .insertInto('audit.entry')
    .values({
      at,
      actorKind: actor.kind,
      actorId: actor.id ?? null,
      actorName: actor.name,
      action: act.action,
      targetKind: act.target.kind,
      targetId: act.target.id,
      targetName: act.target.name ?? null,
      reason: actor.reason ?? null,
      detail: JSON.stringify(act.detail ?? {}),
    })
    .execute();
}
