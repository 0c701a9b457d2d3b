import isEqual from 'lodash/isEqual.js';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { ImportedPort } from '../../apis/multicluster/service-import.ts';

type Port = DeepReadonly<ImportedPort>;

interface Exporter {
  readonly cluster: string;
  readonly ports: readonly Port[];
}

/**
 * The ports of all, of which each cluster may serve some. One that contradicts those of an older export does not count: the same name for
 * something else, the same number under another name, or no name beside others.
 * @param inOrder the oldest first
 * @returns the ports by the order of the exports, and a sentence for each that does not count
 */
export function mergePorts(inOrder: readonly Exporter[]): { ports: Port[]; rejected: string[] } {
  const ports: { readonly port: Port; readonly from: string }[] = [];
  const rejected: string[] = [];
  for (const { cluster, ports: own } of inOrder) {
    for (const port of own) {
      const named = ports.find((other) => nameOf(other.port) === nameOf(port));
      if (named !== undefined && isEqual(comparable(named.port), comparable(port))) continue;
      const numbered = ports.find(
        (other) => other.port.port === port.port && protocolOf(other.port) === protocolOf(port),
      );
      const nameless = ports.find((other) => nameOf(other.port) === '' || nameOf(port) === '');
      const older = named ?? numbered ?? nameless;
      if (older === undefined) ports.push({ port, from: cluster });
      else {
        rejected.push(
          `port ${describe(port)} of cluster "${cluster}" contradicts ${describe(older.port)} of "${older.from}", an older export, which counts`,
        );
      }
    }
  }
  return { ports: ports.map(({ port }) => port), rejected };
}

export function nameOf({ name = '' }: Port): string {
  return name;
}

export function protocolOf({ protocol = 'TCP' }: { readonly protocol?: string }): string {
  return protocol;
}

function comparable(port: Port): unknown[] {
  return [port.port, protocolOf(port), port.appProtocol ?? ''];
}

function describe(port: Port): string {
  const { name, appProtocol } = port;
  return `${name === undefined ? '' : `${name} `}${port.port}/${protocolOf(port)}${appProtocol === undefined ? '' : ` (${appProtocol})`}`;
}
