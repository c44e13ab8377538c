import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate with its key, both as PEM text. */
export interface Certified {
  readonly certificate: string;
  readonly key: string;
}

export const RSA = ['-newkey', 'rsa:2048'];
export const ELLIPTIC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
export const PASSWORD = 'correct horse';
/** What Apple devices accept. */
export const LEGACY = ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'];

/** The OpenSSL command line in a directory of its own: an implementation that is not ours. */
export class OpenSsl implements Disposable {
  readonly #directory = mkdtempSync(join(tmpdir(), 'allotment-openssl-'));
  #count = 0;

  /** A certificate authority that signs everything else here. */
  authority(name = 'Test CA'): Certified {
    const [key, certificate] = [this.path('key'), this.path('crt')];
    const form = ['-x509', '-nodes', '-days', '30', '-subj', `/CN=${name}`, ...ELLIPTIC];
    this.run('req', ...form, '-keyout', key, '-out', certificate);
    return { key: this.read(key), certificate: this.read(certificate) };
  }

  /** A certificate signed by `authority`. @param extensions lines of an OpenSSL extension file */
  certify(authority: Certified, subject: string, extensions = '', keyType = RSA): Certified {
    const [key, request, certificate] = [this.path('key'), this.path('csr'), this.path('crt')];
    const form = ['-new', '-nodes', '-subj', subject, ...keyType];
    this.run('req', ...form, '-keyout', key, '-out', request);
    const issuer = ['-CA', this.file(authority.certificate), '-CAkey', this.file(authority.key)];
    const files = ['-in', request, '-extfile', this.file(extensions), '-out', certificate];
    this.run('x509', '-req', '-days', '30', ...issuer, ...files);
    return { key: this.read(key), certificate: this.read(certificate) };
  }

  /** A PKCS #12 file. @param options more arguments of `openssl pkcs12` */
  pkcs12(identity: Certified, options: readonly string[] = LEGACY): Buffer {
    const output = this.path('p12');
    const files = ['-inkey', this.file(identity.key), '-in', this.file(identity.certificate)];
    const form = ['-export', '-passout', `pass:${PASSWORD}`, ...options];
    this.run('pkcs12', ...form, ...files, '-out', output);
    return readFileSync(output);
  }

  /** Runs one command. @throws with OpenSSL's own words when it fails */
  run(...args: readonly string[]): string {
    return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  file(content: string | Uint8Array): string {
    const path = this.path('tmp');
    writeFileSync(path, content);
    return path;
  }

  path(extension: string): string {
    return join(this.#directory, `${++this.#count}.${extension}`);
  }

  read(path: string): string {
    return readFileSync(path, 'utf8');
  }

  readBytes(path: string): Buffer {
    return readFileSync(path);
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
