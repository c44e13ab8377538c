import type { App, Location, Organization } from './organization.ts';
import type { Stage } from './stage.ts';

export interface TokenView {
  readonly id: string;
  readonly locationUid: string;
  readonly state: string;
  readonly lastSyncStatus: string;
  readonly location: {
    readonly paused: object | null;
    readonly brake: object | null;
    readonly closed: object | null;
  };
}

/** What takes long on a whole location. */
export interface Operation {
  readonly kind: 'revokeAll' | 'deleteToken';
  readonly locationUid: string;
  readonly state: string;
  readonly createdAt: string;
  /** Of a revoke: what is left of ours. */
  readonly result: { readonly refused?: number; readonly irrevocable?: number } | null;
}

interface AppView {
  readonly id: string;
  readonly adamId: string;
  readonly locationUid: string;
}

export async function readTokens({ api }: Stage): Promise<readonly TokenView[]> {
  return (await api.json<{ value: TokenView[] }>('GET', '/api/tokens')).value;
}

/** The latest operation of each location. */
export async function readOperations({ api }: Stage): Promise<ReadonlyMap<string, Operation>> {
  const { value } = await api.json<{ value: Operation[] }>('GET', '/api/operations');
  return new Map(
    value
      .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))
      .map((operation) => [operation.locationUid, operation]),
  );
}

export async function uploadToken(stage: Stage, uId: string): Promise<void> {
  await stage.api.text('POST', '/beta/deviceAppManagement/vppTokens', {
    '@odata.type': '#microsoft.graph.vppToken',
    displayName: `Token of ${uId}`,
    appleId: 'apps@chaos.example.org',
    vppTokenAccountType: 'business',
    countryOrRegion: 'us',
    automaticallyUpdateApps: false,
    dataSharingConsentGranted: true,
    token: await stage.apple.text('POST', '/_control/tokens', { uId }),
  });
}

/** Uploads a fresh file into a token. */
export async function renew(
  stage: Stage,
  { uId, tokenId }: Pick<Location, 'uId' | 'tokenId'>,
): Promise<void> {
  const token = await stage.apple.text('POST', '/_control/tokens', { uId });
  await stage.api.text('PATCH', `/beta/deviceAppManagement/vppTokens/${tokenId}`, { token });
}

/** Every app of every token, without an assignment yet. */
export async function readApps({ api }: Stage): Promise<readonly App[]> {
  const { value } = await api.json<{ value: AppView[] }>('GET', '/api/apps?top=1000');
  return value.map(({ id, adamId, locationUid }) => ({
    id,
    adamId,
    uId: locationUid,
    wishes: new Map(),
    asked: new Map(),
    deleted: false,
    history: new Set(),
  }));
}

/**
 * Where the token of a location was deleted: uploads another once the deletion is over, and, once that has been read,
 * knows its apps by their new ids. They are assigned to nobody then.
 *
 * @returns the apps that are back, with what they were assigned to before
 */
export async function bringBack(
  stage: Stage,
  { apps, titles }: Organization,
  location: Location,
): Promise<readonly App[]> {
  const { uId } = location;
  if ((await readOperations(stage)).get(uId)?.state === 'running') return [];
  const token = (await readTokens(stage)).find((one) => one.locationUid === uId);
  if (token === undefined) {
    const silence = location.silences.at(-1);
    if (silence !== undefined) silence.until = stage.clock.now;
    await uploadToken(stage, uId);
    return [];
  }
  const back = (await readApps(stage)).filter((app) => app.uId === uId);
  if (token.lastSyncStatus !== 'completed' || back.length < titles.length) return [];
  location.tokenId = token.id;
  const deleted = apps.filter((app) => app.uId === uId);
  for (const app of deleted) {
    app.id = back.find(({ adamId }) => adamId === app.adamId)?.id ?? app.id;
    app.deleted = false;
  }
  return deleted;
}
