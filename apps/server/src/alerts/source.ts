import type { Context } from '../context.ts';

export type Severity = 'information' | 'warning' | 'critical';
export type SubjectKind = 'token' | 'location' | 'app' | 'device' | 'server' | 'command';

export type Mender = 'administrator' | 'person' | 'Allotment';

/** A condition that holds now. */
export interface Finding {
  readonly subjectId: string;
  readonly subjectName: string;
  readonly severity: Severity;
  /** Grows as the condition does; 0 where it has no steps. */
  readonly stage?: number;
  /** What is so, in a sentence. */
  readonly message: string;
  /** The next step of whoever can mend it, in a sentence. */
  readonly remedy: string;
}

/** One kind of alert: asked now and then for all the conditions that hold. */
export interface AlertSource {
  readonly kind: string;
  readonly subjectKind: SubjectKind;
  readonly everyMs: number;
  /** Who can mend what it points out (Law 9). */
  readonly who: Mender;
  find(context: Context): Promise<readonly Finding[]>;
}
