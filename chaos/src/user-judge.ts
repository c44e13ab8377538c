import { type Line, assetKeyOf, pairsOf } from './journal.ts';
import { type Violation, patienceMs } from './judge.ts';

interface User {
  /** By an event of ours, which has come true. */
  isActive: boolean;
  /** When we asked for the user last; undefined once that came true or was refused. */
  askedAt: number | undefined;
  /** Came true after Apple's ten minutes, and nobody has been shown it since. */
  cameUnseen: boolean;
  /** Licenses that are assigned by an event of ours. */
  readonly held: Set<string>;
  /** Licenses that are on their way, and when they were asked for. */
  readonly coming: Map<string, number>;
}

/** Watches what becomes of people at Apple, line by line of the simulator's own journal. */
export class UserJudge {
  readonly violations: Violation[] = [];
  /** By location and clientUserId. */
  readonly #users = new Map<string, User>();
  /** The users that an event of ours is about. */
  readonly #events = new Map<string, readonly string[]>();

  watch(lines: readonly Line[]): void {
    for (const line of lines) {
      if (line.kind === 'request.accepted') this.#accepted(line);
      else if (line.kind === 'user') this.#changed(line);
      else if (line.kind === 'page.served' && line.endpoint === '/users') this.#shown(line);
      else if (line.kind === 'assignment') this.#assignmentChanged(line);
      else if (line.kind === 'event.step') this.#stepDone(line);
    }
  }

  #accepted(line: Line): void {
    const { operation, uId = '', eventId = '', body } = line;
    const now = Date.parse(line.simulatedTime);
    const keys = (body?.users ?? []).map(({ clientUserId }) => keyOf(uId, clientUserId));
    if (operation === 'createUsers') for (const key of keys) this.#create(key, now);
    if (operation === 'retireUsers') for (const key of keys) this.#retire(key, now);
    if (operation === 'associate')
      for (const pair of pairsOf(line).filter(({ clientUserId }) => clientUserId !== undefined)) {
        const key = keyOf(uId, pair.clientUserId);
        keys.push(key);
        this.#users.get(key)?.coming.set(assetKeyOf(uId, pair), now);
      }
    this.#events.set(eventId, keys);
  }

  /**
   * A user is created once: who was retired may be created again, and who came true so late that they may have been
   * asked for again meanwhile: who looked before could not see them.
   */
  #create(key: string, now: number): void {
    const user = this.#users.get(key);
    if (user?.isActive === true && !user.cameUnseen)
      this.#add('createdTwice', key, 'is a user already');
    else if (user?.askedAt !== undefined && now - user.askedAt < patienceMs)
      this.#add('createdTwice', key, `asked for ${(now - user.askedAt) / 1000} s ago`);
    const { held, coming } = user ?? { held: new Set<string>(), coming: new Map<string, number>() };
    const isActive = user?.isActive ?? false;
    this.#users.set(key, { isActive, askedAt: now, cameUnseen: false, held, coming });
  }

  /** Whoever is retired has given everything back before, and was created by us. */
  #retire(key: string, now: number): void {
    const user = this.#users.get(key);
    if (user === undefined) this.#add('strangerRetired', key, 'was never created by us');
    const coming = [...(user?.coming ?? [])]
      .filter(([, at]) => now - at < patienceMs)
      .map(([asset]) => asset);
    for (const asset of new Set([...(user?.held ?? []), ...coming]))
      this.#add('retiredHolding', key, `has ${asset}, or it was asked for`);
  }

  #changed({ uId = '', clientUserId, status, eventId, simulatedTime }: Line): void {
    const user = this.#users.get(keyOf(uId, clientUserId));
    if (user === undefined) return;
    user.isActive = status !== 'Retired' && (user.isActive || eventId !== undefined);
    if (user.askedAt !== undefined)
      user.cameUnseen = user.isActive && Date.parse(simulatedTime) - user.askedAt >= patienceMs;
    user.askedAt = undefined;
  }

  /** A page of a location's users was served: who is there is known from then on. */
  #shown({ uId }: Line): void {
    for (const [key, user] of this.#users) if (key.startsWith(`${uId} `)) user.cameUnseen = false;
  }

  #assignmentChanged(line: Line): void {
    const { uId = '', adamId = '', pricingParam = 'STDQ', clientUserId, change, eventId } = line;
    const user = this.#users.get(keyOf(uId, clientUserId));
    const asset = assetKeyOf(uId, { adamId, pricingParam });
    user?.coming.delete(asset);
    if (change === 'associated' && eventId !== undefined) user?.held.add(asset);
    else user?.held.delete(asset);
  }

  /** What an event has refused or ended without comes true no more. */
  #stepDone({ eventId = '', type, status, failures = 0 }: Line): void {
    if (status === 'PENDING' && failures === 0) return;
    for (const key of this.#events.get(eventId) ?? []) {
      const user = this.#users.get(key);
      if (type === 'CREATE' && user !== undefined) user.askedAt = undefined;
      if (type === 'ASSOCIATE') user?.coming.clear();
    }
  }

  #add(rule: string, key: string, detail: string): void {
    this.violations.push({ rule, pair: key, detail });
  }
}

function keyOf(uId: string, clientUserId = ''): string {
  return `${uId} ${clientUserId}`;
}
