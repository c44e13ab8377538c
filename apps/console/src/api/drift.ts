import { queryOptions } from '@tanstack/react-query';
import { type Listing, get } from './http.ts';
import type { Reason } from './status.ts';

export type DriftKind = 'assignedByOthers' | 'unknownSerial' | 'lost' | 'orphaned' | 'overAssigned';

/** Where what Apple has assigned differs from what is wanted here, for one title. */
export interface Drift {
  readonly kind: DriftKind;
  readonly locationUid: string;
  readonly assetId: number;
  readonly name: string;
  /** Licenses concerned. */
  readonly count: number;
  /** Up to twenty of the devices and people concerned. */
  readonly examples: readonly string[];
  /** When all assignments of the title were last read; null: never without doubt. */
  readonly comparedAt: string | null;
  readonly reason: Reason;
}

export const driftQuery = queryOptions({
  queryKey: ['status', 'drift'],
  queryFn: async ({ signal }) => (await get<Listing<Drift>>('/api/drift', {}, signal)).value,
});
