import type { Alert } from '../api/alerts.ts';
import { paths } from '../paths.ts';
import type { Tone } from '../ui/state-chip.tsx';

export const severityWords: Readonly<
  Record<Alert['severity'], { readonly word: string; readonly tone: Tone }>
> = {
  critical: { word: 'Critical', tone: 'bad' },
  warning: { word: 'Warning', tone: 'attention' },
  information: { word: 'Information', tone: 'quiet' },
};

/** Where what an alert is about can be looked at; undefined where there is no such page. */
export function subjectPath({ kind, subject }: Alert, tokenOf: ReadonlyMap<string, string>) {
  switch (subject.kind) {
    case 'token':
      return kind === 'serverTokenExpires' ? paths.settings() : paths.token(subject.id);
    case 'location': {
      const tokenId = tokenOf.get(subject.id);
      return tokenId === undefined ? undefined : paths.token(tokenId);
    }
    case 'app':
      return paths.app(subject.id);
    case 'device':
      return paths.device(subject.id);
    case 'server':
    case 'command':
      return undefined;
  }
}

/** "Alerts, 3 not seen"; from a hundred on the exact number says no more. */
export function bellLabel(unseen: number, most: number): string {
  if (unseen === 0) return 'Alerts';
  return `Alerts, ${unseen >= most ? `${most} or more` : unseen} not seen`;
}
