import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { type Clock, systemClock } from '../time/clock.ts';
import { tokenFileCredentials } from './credential-files.ts';
import type { Endpoint } from './endpoint.ts';
import { ConnectionError } from './errors.ts';

export const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface InClusterOptions {
  /** The name of the cluster in errors and logs. */
  readonly cluster: string;
  /** KUBERNETES_SERVICE_HOST. */
  readonly host: string | undefined;
  /** KUBERNETES_SERVICE_PORT. */
  readonly port: string | undefined;
  /** Where the pod's service account is mounted. */
  readonly directory?: string;
  readonly clock?: Clock;
}

/** The API server of the cluster in which this process runs as a pod. Rejects with a ConnectionError, code `ENDPOINT`. */
export async function inClusterEndpoint(options: InClusterOptions): Promise<Endpoint> {
  const { cluster, host, port, directory = SERVICE_ACCOUNT_DIRECTORY, clock = systemClock } = options;
  if (!host || !port) {
    const message = 'not inside a cluster (KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set)';
    throw new ConnectionError(message, { code: 'ENDPOINT', cluster });
  }
  return {
    cluster,
    server: `https://${isIP(host) === 6 ? `[${host}]` : host}:${port}`,
    tls: { ca: await readCa(join(directory, 'ca.crt'), cluster) },
    credentials: tokenFileCredentials(join(directory, 'token'), { cluster, clock }),
  };
}

async function readCa(path: string, cluster: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `the pod's service account is not mounted: ${why}`;
    throw new ConnectionError(message, { code: 'ENDPOINT', cluster, cause });
  }
}
