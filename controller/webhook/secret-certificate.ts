import { isIP } from 'node:net';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { createCertificateAuthority } from '../kube/certificates.ts';
import type { Client } from '../kube/client.ts';
import { SECRETS } from '../kube/core-kinds.ts';
import { isAlreadyExists, isConflict } from '../kube/errors.ts';
import { optional } from '../kube/optional.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import { type CertificateSource, leafOf, type ServingCertificate, usable } from './serving-certificate.ts';

/** In the control plane's namespace, on the host. */
export const WEBHOOK_SECRET = 'fedmesh-webhook-certificate';

export interface SecretCertificateOptions {
  readonly host: Client;
  readonly namespace: string;
  /** Names and addresses under which API servers reach the webhooks. */
  readonly names: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  /** Default: 90 days. */
  readonly lifetimeMs?: number;
}

interface Secret extends KubeObject {
  type?: string;
  data?: Record<string, string>;
}

const DAY_MS = 24 * 3_600_000;
const LIFETIME_MS = 90 * DAY_MS;
/** Clocks of two machines differ. */
const BACKDATED_MS = 3_600_000;
/** A new one is made when a third of its life is left. */
const RENEWED_AT = 1 / 3;

/**
 * A certificate that the controller makes itself and keeps in a Secret, where every replica finds it. Each comes with an
 * authority of its own whose key is thrown away: nobody can ever make another in its name. Emptying the Secret makes a
 * new one at once.
 */
export class SecretCertificate implements CertificateSource {
  readonly #options: SecretCertificateOptions;

  constructor(options: SecretCertificateOptions) {
    this.#options = options;
  }

  async read(signal: AbortSignal): Promise<ServingCertificate | undefined> {
    const { host, namespace, log } = this.#options;
    const ref = { namespace, name: WEBHOOK_SECRET };
    const secret = await optional(host.get<Secret>(SECRETS, ref, { signal }));
    const held = secret === undefined ? undefined : certificateIn(secret);
    const reason = held === undefined ? 'there is none that can be used' : this.#reasonToRenew(held);
    if (reason === undefined) return held;
    const certificate = this.#make();
    const { certPem, keyPem, caPem = '' } = certificate;
    const data = { 'tls.crt': inBase64(certPem), 'tls.key': inBase64(keyPem), 'ca.crt': inBase64(caPem) };
    try {
      if (secret === undefined) {
        const labels = { 'app.kubernetes.io/part-of': 'fedmesh' };
        const fresh: Secret = { apiVersion: 'v1', kind: 'Secret', metadata: { ...ref, labels }, type: 'Opaque', data };
        await host.create<Secret>(SECRETS, fresh, { signal });
      } else {
        await host.replace<Secret>(SECRETS, { ...secret, data: { ...secret.data, ...data } }, { signal });
      }
    } catch (error) {
      // Another replica was faster; what it made is read the next time.
      if (isAlreadyExists(error) || isConflict(error)) return held;
      throw error;
    }
    log.info({ secret: WEBHOOK_SECRET, reason }, 'a certificate for the webhooks was made');
    return certificate;
  }

  #reasonToRenew(certificate: ServingCertificate): string | undefined {
    const leaf = leafOf(certificate);
    if (leaf === undefined) return 'it cannot be read';
    const [from, until] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
    if (until - this.#options.clock.now() < (until - from) * RENEWED_AT) return 'it expires soon';
    const missing = this.#options.names.find((name) => !(isIP(name) ? leaf.checkIP(name) : leaf.checkHost(name)));
    return missing === undefined ? undefined : `it is not for ${missing}`;
  }

  #make(): ServingCertificate {
    const { clock, names, lifetimeMs = LIFETIME_MS } = this.#options;
    const notBefore = new Date(clock.now() - BACKDATED_MS);
    const notAfter = new Date(clock.now() + lifetimeMs);
    const authority = createCertificateAuthority('fedmesh-webhook-ca', { notBefore, notAfter });
    const { certPem, keyPem } = authority.issue({
      commonName: names.find((name) => !isIP(name)) ?? 'fedmesh-webhook',
      usage: 'server',
      dnsNames: names.filter((name) => !isIP(name)),
      ipAddresses: names.filter((name) => isIP(name)),
      notBefore,
      notAfter,
    });
    return { certPem, keyPem, caPem: authority.certPem };
  }
}

function certificateIn({ data }: Secret): ServingCertificate | undefined {
  const text = (key: string) => Buffer.from(data?.[key] ?? '', 'base64').toString();
  try {
    return usable({ certPem: text('tls.crt'), keyPem: text('tls.key'), caPem: text('ca.crt') });
  } catch {
    // Empty, as the manifests make it, or spoilt: the next one is as good.
    return undefined;
  }
}

function inBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}
