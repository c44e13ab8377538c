import { once } from 'node:events';
import { connect, type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2';

import type { CertificateWithKey, PushService } from '../../src/push/index.ts';

export interface PushAnswer {
  readonly status: number;
  readonly id: string | undefined;
  readonly content: { readonly reason?: string; readonly timestamp?: number };
}

/** A sender of notifications with one connection. */
export class PushClient implements Disposable {
  readonly #session: ClientHttp2Session;
  readonly #topic: string | undefined;

  constructor(
    push: Pick<PushService, 'url' | 'ca'>,
    certificate?: CertificateWithKey & { readonly topic: string },
  ) {
    this.#topic = certificate?.topic;
    this.#session = connect(push.url, {
      ca: push.ca,
      ...(certificate && { cert: certificate.certificate, key: certificate.key }),
    });
  }

  /** @param headers added to those of a correct request; undefined leaves one out */
  async send(token: string, body: string, headers: OutgoingHttpHeaders = {}): Promise<PushAnswer> {
    const stream = this.#session.request({
      ':method': 'POST',
      ':path': `/3/device/${token}`,
      'apns-topic': this.#topic,
      'apns-push-type': 'mdm',
      'apns-priority': '10',
      ...headers,
    });
    stream.setEncoding('utf8');
    stream.end(body);
    const [answer] = (await once(stream, 'response')) as [Record<string, string | number>];
    let text = '';
    for await (const chunk of stream as AsyncIterable<string>) text += chunk;
    const id = answer['apns-id'];
    return {
      status: Number(answer[':status']),
      id: id === undefined ? undefined : String(id),
      content: text === '' ? {} : (JSON.parse(text) as PushAnswer['content']),
    };
  }

  [Symbol.dispose](): void {
    this.#session.destroy();
  }
}
