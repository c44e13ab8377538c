/** Why something is not done yet, who can mend it, and the next step (Law 9). */
export interface Reason {
  readonly cause: string;
  readonly who: 'Apple' | 'device' | 'person' | 'administrator' | 'Allotment';
  readonly next: string;
}
