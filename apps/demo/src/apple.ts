import type { DemoDevice, DemoOrganization } from './organization.ts';
import type { JsonClient } from './http.ts';

export interface AppleAsset {
  readonly adamId: string;
  readonly pricingParam: string;
  readonly productType: string;
  readonly unlimited: boolean;
  readonly total: number | null;
  readonly assigned: number;
  readonly maximumAssigned: number;
}

export interface AppleCounters {
  readonly total: Readonly<Record<string, number>>;
  readonly locations: Readonly<Record<string, { readonly assets: readonly AppleAsset[] }>>;
}

/** A license that Apple has assigned, to a serial number or a person's clientUserId. */
export interface AppleAssignment {
  readonly uId: string;
  readonly adamId: string;
  readonly holder: string;
}

export interface AppleTitle {
  readonly adamId: string;
  readonly bundleId: string;
  readonly name: string;
  readonly platforms: readonly string[];
  readonly families: readonly string[];
  readonly minimumOsVersion: string;
}

export interface SimulatedDevice {
  readonly serialNumber: string;
  readonly enrolled: boolean;
  readonly apps: readonly {
    readonly bundleId: string;
    readonly state: string;
    readonly managed: boolean;
  }[];
  readonly books: readonly { readonly state: string }[];
}

interface LocationState {
  readonly uId: string;
  readonly assignments: readonly {
    readonly adamId: string;
    readonly serialNumber?: string;
    readonly clientUserId?: string;
  }[];
}

/** The buttons of Apple in a box, as the demo presses them. */
export class Apple {
  readonly #http: JsonClient;

  constructor(http: JsonClient) {
    this.#http = http;
  }

  /** Founds an organization with its purchases, its people, and what another product assigned before. */
  async found(
    organization: DemoOrganization,
  ): Promise<{ uId: string; token: string; personIds: ReadonlyMap<string, string> }> {
    const founded = await this.#http.post<{ locations: { uId: string }[] }>(
      '/_control/organizations',
      {
        name: organization.name,
        kind: organization.kind,
      },
    );
    const uId = founded.locations[0]?.uId;
    if (uId === undefined)
      throw new Error(`Apple in a box founded ${organization.name} without a location.`);
    await this.#http.post('/_control/purchases', { uId, purchases: organization.orders });
    await this.#http.post('/_control/assignments', {
      uId,
      assignments: organization.foreign,
      notify: false,
    });
    const { people } = await this.#http.post<{ people: { personId: string; name: string }[] }>(
      '/_control/people',
      {
        people: organization.people.map((person) => ({
          name: person.name,
          appleAccount: `${person.name.toLowerCase().replace(' ', '.')}@icloud.example`,
        })),
      },
    );
    const token = await this.#http.text('/_control/tokens', { uId });
    return {
      uId,
      token,
      personIds: new Map(people.map((person) => [person.name, person.personId])),
    };
  }

  async pushCertificate(): Promise<{ certificate: string; key: string; topic: string }> {
    return this.#http.post('/_control/push-certificates', {});
  }

  async makeDevices(
    devices: readonly DemoDevice[],
    personIds: ReadonlyMap<string, string>,
    bundleIds: ReadonlyMap<string, string>,
  ): Promise<void> {
    await this.#http.post('/_control/devices', {
      devices: devices.map((device) => {
        const personId =
          device.personName === undefined ? undefined : personIds.get(device.personName);
        const own = device.ownCopyOf === undefined ? undefined : bundleIds.get(device.ownCopyOf);
        return {
          serialNumber: device.serialNumber,
          name: device.name,
          family: device.family,
          osVersion: device.osVersion,
          supervised: device.supervised,
          locked: device.lockedAtFirst,
          promptAnswer: device.declines ? 'decline' : 'accept',
          ...(personId === undefined ? {} : { personId }),
          ...(own === undefined ? {} : { installedApps: [{ bundleId: own }] }),
        };
      }),
    });
  }

  async enroll(enrollments: readonly { serialNumber: string; url: string }[]): Promise<void> {
    await this.#http.post('/_control/devices/enroll-many', { enrollments });
  }

  async enrolledSerialNumbers(): Promise<ReadonlySet<string>> {
    const enrolled = (await this.devices()).filter((device) => device.enrolled);
    return new Set(enrolled.map((device) => device.serialNumber));
  }

  async unlock(serialNumber: string): Promise<void> {
    await this.#http.post(`/_control/devices/${serialNumber}/unlock`);
  }

  async titles(): Promise<readonly AppleTitle[]> {
    return (await this.#http.get<{ titles: AppleTitle[] }>('/_control/titles')).titles;
  }

  async counters(): Promise<AppleCounters> {
    return this.#http.get('/_control/counters');
  }

  /** All that is assigned in all locations, whoever assigned it. */
  async assignments(): Promise<readonly AppleAssignment[]> {
    const { locations } = await this.#http.get<{ locations: LocationState[] }>(
      '/_control/state?assignments=true',
    );
    return locations.flatMap(({ uId, assignments }) =>
      assignments.map(({ adamId, serialNumber, clientUserId }) => ({
        uId,
        adamId,
        holder: serialNumber ?? clientUserId ?? '',
      })),
    );
  }

  async devices(): Promise<readonly SimulatedDevice[]> {
    return (await this.#http.get<{ devices: SimulatedDevice[] }>('/_control/devices')).devices;
  }
}
