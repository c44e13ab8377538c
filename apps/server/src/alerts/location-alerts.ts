import { sql } from 'kysely';
import type { AlertSource } from './source.ts';

const minuteMs = 60_000;

interface PausedRow {
  readonly uid: string;
  readonly name: string;
  readonly pausedReason: string | null;
}

/** Locations that the program itself has paused (Law 11). */
const paused: AlertSource = {
  kind: 'locationPaused',
  subjectKind: 'location',
  everyMs: minuteMs,
  who: 'administrator',
  find: async (context) => {
    const { rows } = await sql<PausedRow>`
      select uid, name, paused_reason from library.location where paused_cause = 'copy'`.execute(
      context.db,
    );
    return rows.map(({ uid, name, pausedReason }) => ({
      subjectId: uid,
      subjectName: name,
      severity: 'critical',
      message: pausedReason ?? 'The location is paused.',
      remedy: 'Resume the location once you are sure that no other installation manages it.',
    }));
  },
};

interface BrakeRow {
  readonly uid: string;
  readonly name: string;
  readonly waiting: number;
  readonly allowed: number;
}

/** Take-backs that wait for a person (Law 11). */
const braked: AlertSource = {
  kind: 'takeBacksWait',
  subjectKind: 'location',
  everyMs: minuteMs,
  who: 'administrator',
  find: async (context) => {
    const { rows } = await sql<BrakeRow>`
      select l.uid, l.name, b.waiting, b.allowed from grants.brake b join library.location l on l.uid = b.location_uid`.execute(
      context.db,
    );
    return rows.map(({ uid, name, waiting, allowed }) => ({
      subjectId: uid,
      subjectName: name,
      severity: 'warning',
      message: `${waiting} licenses are to be taken back, more than the ${allowed} that go back within a day without a person.`,
      remedy: 'Look at what changed, then release the take-backs or undo the change.',
    }));
  },
};

export const locationAlerts: readonly AlertSource[] = [paused, braked];
