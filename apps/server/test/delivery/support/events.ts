import type { TaskEvent, TaskState } from '../../../src/delivery/task.ts';

export const NOW = new Date('2026-06-01T12:00:00Z');
export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;

export const later = (ms: number): Date => new Date(NOW.getTime() + ms);

export function task(fields: Partial<TaskState> = {}): TaskState {
  return {
    state: 'commanded',
    appleState: null,
    reason: 'waitingForDevice',
    errorCode: null,
    errorDetail: null,
    attempts: 1,
    asks: 0,
    nextAt: null,
    update: null,
    removals: null,
    ...fields,
  };
}

export const licensed = (managed?: string): TaskEvent => ({
  kind: 'licensed',
  managed,
  obstacle: undefined,
  told: false,
});
export const unlicensed = (told = false): TaskEvent => ({
  kind: 'unlicensed',
  managed: true,
  told,
});
export const acknowledged = (
  appleState: string | null,
  rejectionReason: string | null = null,
): TaskEvent => ({
  kind: 'answered',
  answer: { status: 'Acknowledged', appleState, rejectionReason, errorChain: [] },
});
export const failedWith = (...codes: number[]): TaskEvent => ({
  kind: 'answered',
  answer: {
    status: 'Error',
    errorChain: codes.map((code) => ({ code, domain: 'MCMDMErrorDomain' })),
  },
});
export const reported = (appleState?: string): TaskEvent => ({ kind: 'reported', appleState });
