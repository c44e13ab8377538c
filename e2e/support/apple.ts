import type { APIRequestContext } from '@playwright/test';

export interface Order {
  readonly adamId: string;
  /** Left out for a free title, which has no limit. */
  readonly quantity?: number;
}

/** The buttons of Apple in a box. */
export class Apple {
  readonly #request: APIRequestContext;

  constructor(request: APIRequestContext) {
    this.#request = request;
  }

  /** Founds an organization that bought this, and answers the text of its `.vpptoken` file. */
  async found(name: string, orders: readonly Order[]): Promise<string> {
    await this.#press('/_control/organizations', { name, kind: 'school' });
    await this.#press('/_control/purchases', { uId: await this.#uIdOf(name), purchases: orders });
    return this.download(name);
  }

  /** The text of a fresh `.vpptoken` file; the one downloaded before is revoked. */
  async download(location: string): Promise<string> {
    return this.#press('/_control/tokens', { uId: await this.#uIdOf(location) });
  }

  /** Another product claims a location. */
  async claim(location: string, product: string): Promise<void> {
    await this.#press('/_control/takeover', {
      uId: await this.#uIdOf(location),
      mdmInfo: { id: 'e2e', name: product, metadata: 'mdm.example' },
    });
  }

  async pushCertificate(): Promise<{ readonly certificate: string; readonly key: string }> {
    return JSON.parse(await this.#press('/_control/push-certificates', {})) as {
      readonly certificate: string;
      readonly key: string;
    };
  }

  /** Supervised iPads that are new out of the box. */
  async makeDevices(devices: readonly { readonly serialNumber: string; readonly name: string }[]) {
    await this.#press('/_control/devices', {
      devices: devices.map((device) => ({
        ...device,
        family: 'iPad',
        osVersion: '18.1',
        supervised: true,
        // Else a device that is quick asks before its license has spread, and is told again after half a minute: as long
        // as these tests wait at most, so that chance decided.
        propagationMs: 0,
      })),
    });
  }

  /** Takes the profile of an enrollment link to a device, as the button of its page does. */
  async enroll(serialNumber: string, url: string): Promise<void> {
    await this.#press(`/_control/devices/${serialNumber}/enroll`, { url: `${url}/profile` });
  }

  /** Every page of the license service takes this long. */
  async slowDown(latencyMs: number): Promise<void> {
    await this.#press('/_control/settings', { latencyMs });
  }

  async #uIdOf(location: string): Promise<string> {
    const response = await this.#request.get('/_control/state');
    const { locations } = (await response.json()) as {
      readonly locations: readonly { readonly uId: string; readonly name: string }[];
    };
    const found = locations.find(({ name }) => name === location);
    if (found === undefined) throw new Error(`Apple in a box knows no location ${location}.`);
    return found.uId;
  }

  async #press(path: string, body: object): Promise<string> {
    const response = await this.#request.post(path, { data: body });
    const text = await response.text();
    if (!response.ok())
      throw new Error(`Apple in a box: ${path} answered ${response.status()}: ${text}`);
    return text;
  }
}
