import type { AssignmentInput } from './apps.ts';
import { post } from './http.ts';

export type ForeseenOutcome = 'served' | 'waiting' | 'returning' | 'returningLater';

/** What saving assignments would do, as the server has decided it for a moment and taken back. */
export interface WhatIf {
  readonly licenses: {
    /** Null when unlimited, like `free`. */
    readonly owned: number | null;
    readonly foreign: number;
    readonly free: number | null;
    readonly wanted: number;
    /** Further licenses that takes. */
    readonly needed: number;
  };
  readonly devices: { readonly notApplicable: number };
  readonly outcome: {
    readonly served: number;
    readonly waiting: number;
    readonly newlyWaiting: number;
    readonly returning: number;
    readonly returningLater: number;
    /** Of those who wait, how many the returning licenses serve. */
    readonly servedByReturns: number;
  };
  readonly toBuy: {
    readonly licenses: number;
    /** As the store writes it. */
    readonly price: string | null;
    readonly cost: number | null;
  };
  readonly stops: {
    readonly brake: { readonly waiting: number; readonly allowed: number } | null;
    readonly unreleased: number;
  };
  readonly revocable: boolean;
  /** Null when Apple’s limits are not known now. */
  readonly requests: { readonly associate: number; readonly disassociate: number } | null;
  readonly prompts: {
    readonly invitedPeople: number;
    readonly installDevices: number;
    readonly signInDevices: number;
    readonly kiosksWithUserLicense: number;
  };
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  /** Up to fifty of each outcome, the first in line first. */
  readonly who: readonly {
    readonly outcome: ForeseenOutcome;
    readonly kind: 'device' | 'person';
    readonly id: string | null;
    readonly name: string;
  }[];
}

export async function whatIfApp(
  appId: string,
  assignments: readonly AssignmentInput[],
  signal: AbortSignal,
): Promise<WhatIf> {
  return post(`/api/apps/${appId}/what-if`, { assignments }, signal);
}

export async function whatIfBook(
  bookId: string,
  assignments: readonly AssignmentInput[],
  signal: AbortSignal,
): Promise<WhatIf> {
  return post(`/api/books/${bookId}/what-if`, { assignments }, signal);
}
