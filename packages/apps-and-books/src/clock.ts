/** Time, passed in. */
export interface Clock {
  now(): Date;
  /** Resolves after `ms` milliseconds. @throws the signal's reason when aborted */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
