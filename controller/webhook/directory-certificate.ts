import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CertificateSource, type ServingCertificate, usable } from './serving-certificate.ts';

/**
 * A certificate that others keep in a directory, cert-manager's Secret for one: `tls.crt`, `tls.key` and, for the bundle,
 * `ca.crt`. It is read anew each time, whichever way it was put there.
 */
export class DirectoryCertificate implements CertificateSource {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async read(signal: AbortSignal): Promise<ServingCertificate | undefined> {
    const text = (name: string) => readFile(join(this.#directory, name), { encoding: 'utf8', signal });
    try {
      const [certPem, keyPem, caPem] = await Promise.all([text('tls.crt'), text('tls.key'), optional(text('ca.crt'))]);
      return usable({ certPem, keyPem, ...(caPem === undefined ? {} : { caPem }) });
    } catch (error) {
      signal.throwIfAborted();
      // Also half a change: by the next look it is whole.
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`the certificate in ${this.#directory} cannot be used: ${why}`, { cause: error });
    }
  }
}

async function optional(text: Promise<string>): Promise<string | undefined> {
  try {
    return await text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
