import { HttpRefusal, type JsonClient, until } from './http.ts';
import type { DemoOrganization } from './organization.ts';

export interface TokenRow {
  readonly id: string;
  readonly displayName: string;
  readonly locationUid: string;
  readonly state: string;
  readonly lastSyncStatus: string;
  readonly location: {
    readonly notifications: string;
    readonly lastNotificationDateTime: string | null;
    readonly openChanges: number;
    readonly requestsInFlight: number;
    /** So many licenses are not taken back before a person has looked; null: none. */
    readonly brake: { readonly waiting: number } | null;
  };
}

export interface AppRow {
  readonly id: string;
  readonly tokenId: string;
  readonly adamId: string;
  readonly platform: 'ios' | 'macos';
  readonly pricingParam: string;
  readonly name: string;
  readonly owned: number | null;
  readonly held: number;
  readonly changing: number;
  readonly found: number;
  readonly waiting: number;
  readonly foreign: number;
  readonly installed: number;
  readonly failed: number;
  readonly pending: number;
}

export interface StatusRow {
  readonly serialNumber: string;
  readonly license: { readonly state: string };
  readonly installState: string;
}

const pageSize = 1000;
const password = 'correct horse battery staple';

/** Allotment as an administrator uses it: over HTTP, nothing else. */
export class Allotment {
  readonly #http: JsonClient;

  constructor(http: JsonClient) {
    this.#http = http;
  }

  /** Uses the first-start link. */
  async becomeAdministrator(secret: string): Promise<void> {
    await this.#http.post('/api/first-administrator', {
      secret,
      name: 'Alex Admin',
      signInName: 'admin',
      password,
    });
  }

  async uploadPushCertificate(certificate: { certificate: string; key: string }): Promise<void> {
    await this.#http.put('/api/push-certificate', {
      certificate: certificate.certificate,
      key: certificate.key,
    });
  }

  /** Uploads a content token; one that is there already, because the answer was lost, is fine. */
  async uploadToken(
    organization: Pick<DemoOrganization, 'tokenName' | 'domain' | 'kind'>,
    token: string,
  ): Promise<void> {
    await orAlreadyThere(
      this.#http.post('/beta/deviceAppManagement/vppTokens', {
        '@odata.type': '#microsoft.graph.vppToken',
        displayName: organization.tokenName,
        appleId: `apps@${organization.domain}`,
        vppTokenAccountType: organization.kind === 'school' ? 'education' : 'business',
        countryOrRegion: 'us',
        automaticallyUpdateApps: true,
        dataSharingConsentGranted: true,
        token,
      }),
    );
  }

  async tokens(): Promise<readonly TokenRow[]> {
    return (await this.#http.get<{ value: TokenRow[] }>('/api/tokens')).value;
  }

  /**
   * One app for every app owned. A title that also runs on Macs has a second one, with the same licenses: the devices
   * here are iPhones and iPads.
   */
  async apps(): Promise<readonly AppRow[]> {
    const all = await this.#all<AppRow>('/api/apps');
    const nameOf = (app: AppRow): string => `${app.tokenId} ${app.adamId} ${app.pricingParam}`;
    const forMobile = new Set(all.filter((app) => app.platform === 'ios').map(nameOf));
    return all.filter((app) => app.platform === 'ios' || !forMobile.has(nameOf(app)));
  }

  async statuses(appId: string): Promise<readonly StatusRow[]> {
    return this.#all<StatusRow>(`/api/apps/${appId}/devices`);
  }

  /** Books are listed as apps are. */
  async books(): Promise<readonly AppRow[]> {
    return this.#all<AppRow>('/api/books');
  }

  /** Gives a book to the people of a group. */
  async assignBook(adamId: string, groupId: string): Promise<void> {
    const book = (await this.books()).find((one) => one.adamId === adamId);
    if (book === undefined) throw new Error(`The book ${adamId} is not in the list of books.`);
    await this.#http.put(`/api/books/${book.id}/assignments`, {
      assignments: [
        { intent: 'required', licenseType: 'user', target: { kind: 'group', groupId } },
      ],
    });
  }

  async managedSerialNumbers(): Promise<ReadonlySet<string>> {
    const rows = await this.#all<{ serialNumber: string; managementState: string }>('/api/devices');
    return new Set(
      rows.filter((row) => row.managementState === 'managed').map((row) => row.serialNumber),
    );
  }

  /** Imports a CSV file: checked first, then confirmed. */
  async importCsv(
    kind: 'people' | 'devices' | 'groups',
    header: string,
    lines: readonly string[],
  ): Promise<void> {
    const text = `${header}\n${lines.join('\n')}\n`;
    const made = await this.#http.postText<{
      id: string;
      problems: { line: number; message: string }[];
    }>(`/api/imports?kind=${kind}&fileName=${kind}.csv`, 'text/csv', text);
    const problem = made.problems[0];
    if (problem !== undefined)
      throw new Error(`The ${kind} file has a problem in line ${problem.line}: ${problem.message}`);
    await orAlreadyThere(this.#http.post(`/api/imports/${made.id}/confirm`));
  }

  async enrollmentLinks(
    owners: readonly { userPrincipalName?: string }[],
  ): Promise<readonly string[]> {
    const made = await this.#http.post<{ value: { profileUrl: string }[] }>(
      '/api/enrollment-links',
      {
        links: owners.map((owner) => ({ ...owner, ownership: 'company' })),
      },
    );
    return made.value.map((link) => link.profileUrl);
  }

  async groupIds(): Promise<ReadonlyMap<string, string>> {
    const groups = await this.#all<{ id: string; displayName: string }>('/api/groups');
    return new Map(groups.map((group) => [group.displayName, group.id]));
  }

  /** A whole list, page by page. */
  async #all<T>(path: string): Promise<readonly T[]> {
    const rows: T[] = [];
    for (;;) {
      const page = await this.#http.get<{ count: number; value: T[] }>(
        `${path}?top=${pageSize}&skip=${rows.length}`,
      );
      rows.push(...page.value);
      if (rows.length >= page.count || page.value.length === 0) return rows;
    }
  }

  /** Replaces the assignments of an app, as Graph's `assign` does. */
  async assignRequired(
    appId: string,
    groupIds: readonly string[],
    licenseType: 'device' | 'user' = 'device',
  ): Promise<void> {
    await this.#http.post(`/beta/deviceAppManagement/mobileApps/${appId}/assign`, {
      mobileAppAssignments: groupIds.map((groupId) => ({
        '@odata.type': '#microsoft.graph.mobileAppAssignment',
        intent: 'required',
        target: { '@odata.type': '#microsoft.graph.groupAssignmentTarget', groupId },
        settings: {
          '@odata.type': '#microsoft.graph.iosVppAppAssignmentSettings',
          useDeviceLicensing: licenseType === 'device',
        },
      })),
    });
  }

  async releaseBrake(locationUid: string): Promise<void> {
    await this.#http.post(`/api/locations/${locationUid}/release-brake`, {
      reason: 'Meant so: the app is not needed any more.',
    });
  }

  async ready(): Promise<void> {
    await until('the server to be ready', 60_000, async () => {
      try {
        await this.#http.get('/readyz');
        return true;
      } catch (error) {
        if (error instanceof HttpRefusal) return undefined;
        throw error;
      }
    });
  }
}

const conflict = 409;

async function orAlreadyThere(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof HttpRefusal) || error.status !== conflict) throw error;
  }
}
