import { queryOptions } from '@tanstack/react-query';
import { get } from './http.ts';
import type { Reason } from './status.ts';

export type WhyStepName =
  | 'assignment'
  | 'applicability'
  | 'license'
  | 'association'
  | 'account'
  | 'command'
  | 'installation';

export interface WhyStep {
  readonly step: WhyStepName;
  readonly state: 'done' | 'pending' | 'stopped' | 'notReached';
  readonly at: string | null;
  /** What was found, in words. */
  readonly found: string;
  readonly reason: Reason | null;
}

/** An assignment that reaches the device or the person. */
export interface WhyTarget {
  readonly intent: 'available' | 'required' | 'uninstall';
  readonly target: 'group' | 'exclusionGroup' | 'allUsers' | 'allDevices';
  readonly licenseType: 'device' | 'user';
  readonly priority: number;
  readonly groupName: string | null;
  readonly groupDeleted: boolean;
  readonly byPerson: boolean;
  readonly nested: boolean;
}

/** How far a title is for a device or a person, and why it is not further. */
export interface Why {
  readonly licenseType: 'device' | 'user' | null;
  readonly targets: readonly WhyTarget[];
  readonly steps: readonly WhyStep[];
  readonly stopsAt: WhyStepName | null;
  /** Taken back by hand: no assignment grants it before the hold is lifted. */
  readonly onHold: boolean;
}

/** What the question is about: an app on a device, or an app or a book of a person. */
export interface WhySubject {
  readonly of: 'apps' | 'books';
  readonly titleId: string;
  readonly titleName: string;
  readonly who: 'devices' | 'people';
  readonly whoId: string;
  readonly whoName: string;
  /** Of a device. */
  readonly serialNumber?: string | undefined;
}

export const whyQuery = ({ of, titleId, who, whoId }: WhySubject) =>
  queryOptions({
    queryKey: ['status', 'why', of, titleId, who, whoId],
    queryFn: async ({ signal }) =>
      get<Why>(`/api/${of}/${titleId}/${who}/${whoId}/why`, {}, signal),
    staleTime: 0,
  });
