import { firstWhere } from '../core/column.ts';
import type { Random } from '../core/random.ts';
import type { Person } from '../core/world.ts';
import type { VersionLog } from './versions.ts';

export type UserStatus = 'Registered' | 'Associated' | 'Retired';

/** One row of GET /users: a clientUserId with, at a time, at most one row that is not Retired. */
export interface UserRecord {
  readonly clientUserId: string;
  email: string | undefined;
  idHash: string | undefined;
  inviteCode: string | undefined;
  status: UserStatus;
  /** Number of the latest change in the location's list of users. */
  change: number;
}

/** What a server writes about a user. */
export interface UserInput {
  readonly clientUserId: string;
  readonly email?: string | undefined;
}

/** The users of one location and their life cycle (protocol reference 1.7). */
export class UserBook {
  readonly #records = new Set<UserRecord>();
  readonly #rows = new Map<string, UserRecord[]>();
  readonly #active = new Map<string, UserRecord>();
  readonly #byInviteCode = new Map<string, UserRecord>();
  readonly #byIdHash = new Map<string, Set<UserRecord>>();
  readonly #random: Random;
  #ordered: { readonly change: number; readonly records: readonly UserRecord[] } | undefined;
  readonly version: VersionLog;

  constructor(version: VersionLog, random: Random) {
    this.version = version;
    this.#random = random;
  }

  /** Records in order of their latest change, only those changed after `since` when given. */
  changedSince(since = 0): readonly UserRecord[] {
    const { change } = this.version;
    if (this.#ordered?.change !== change) this.#ordered = { change, records: [...this.#records] };
    const { records } = this.#ordered;
    if (since === 0) return records;
    return records.slice(
      firstWhere(records.length, (index) => (records[index]?.change ?? 0) > since),
    );
  }

  /** All rows of a clientUserId, the retired ones too. */
  rows(clientUserId: string): readonly UserRecord[] {
    return this.#rows.get(clientUserId) ?? [];
  }

  /** The row that is not Retired. */
  active(clientUserId: string): UserRecord | undefined {
    return this.#active.get(clientUserId);
  }

  invited(inviteCode: string): UserRecord | undefined {
    return this.#byInviteCode.get(inviteCode);
  }

  /** Rows tied to an Apple Account now. */
  associated(idHash: string): UserRecord[] {
    return [...(this.#byIdHash.get(idHash) ?? [])].filter(({ status }) => status === 'Associated');
  }

  /** Rows tied to an Apple Account now or before they were retired. */
  everAssociated(idHash: string): UserRecord[] {
    return [...(this.#byIdHash.get(idHash) ?? [])];
  }

  /**
   * Registers a user. Someone retired who never accepted returns as the same row; someone who
   * had accepted gets a new one.
   */
  create(input: UserInput): UserRecord {
    const { clientUserId, email } = input;
    const retired = this.#retired(clientUserId).find(({ idHash }) => idHash === undefined);
    const record = retired ?? newRecord(clientUserId);
    record.email = email;
    record.status = 'Registered';
    record.inviteCode = this.#random.hex(32);
    this.#byInviteCode.set(record.inviteCode, record);
    this.#active.set(clientUserId, record);
    this.#changed(record);
    return record;
  }

  setEmail(record: UserRecord, email: string): void {
    record.email = email;
    this.#changed(record);
  }

  /**
   * Ties a registered row to a person's Apple Account. Where an older, retired row of the same
   * clientUserId had that account, the old row comes back and the given one is retired.
   * @returns the row that is Associated now
   */
  associate(record: UserRecord, person: Required<Pick<Person, 'idHash'>>): UserRecord {
    const old = this.#retired(record.clientUserId).find(({ idHash }) => idHash === person.idHash);
    this.#dropInvitation(record);
    const row = old ?? record;
    if (old !== undefined) {
      old.email = record.email;
      this.retire(record);
    }
    row.status = 'Associated';
    row.idHash = person.idHash;
    const rows = this.#byIdHash.get(person.idHash) ?? new Set();
    this.#byIdHash.set(person.idHash, rows.add(row));
    this.#active.set(row.clientUserId, row);
    this.#changed(row);
    return row;
  }

  /** Detaches the account; the row stays, with its idHash. */
  retire(record: UserRecord): void {
    record.status = 'Retired';
    this.#dropInvitation(record);
    if (this.#active.get(record.clientUserId) === record) this.#active.delete(record.clientUserId);
    this.#changed(record);
  }

  #retired(clientUserId: string): UserRecord[] {
    return (this.#rows.get(clientUserId) ?? []).filter(({ status }) => status === 'Retired');
  }

  #dropInvitation(record: UserRecord): void {
    if (record.inviteCode === undefined) return;
    this.#byInviteCode.delete(record.inviteCode);
    record.inviteCode = undefined;
  }

  #changed(record: UserRecord): void {
    const rows = this.#rows.get(record.clientUserId) ?? [];
    if (!rows.includes(record)) this.#rows.set(record.clientUserId, [...rows, record]);
    this.#records.delete(record);
    this.#records.add(record);
    record.change = this.version.touch();
  }
}

function newRecord(clientUserId: string): UserRecord {
  return {
    clientUserId,
    email: undefined,
    idHash: undefined,
    inviteCode: undefined,
    status: 'Registered',
    change: 0,
  };
}
