import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  FEDERATED_SERVICE_STATUSES,
  type FederatedServiceStatus,
} from '../../apis/core/v1alpha1/federated-service-status.ts';
import { FEDERATED_TYPE_CONFIGS } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { DEFAULT_KUBEFED_NAMESPACE } from '../../apis/well-known.ts';
import { writesOf } from './audit-log.ts';
import { Cluster } from './cluster.ts';
import { federated, federateNamespace, untilPropagated } from './federated.ts';
import { type Federation, startFederation } from './federation.ts';
import { federatedKindOf, SERVICES } from './kinds.ts';

const NAMES = ['host', 'earth', 'vulcan'] as const;
const MEMBERS = ['earth', 'vulcan'] as const;
const NAMESPACE = 'collected';
const TYPE_CONFIG = { name: 'services', namespace: DEFAULT_KUBEFED_NAMESPACE };

describe.runIf(inject('kubeconfig') !== '')('the status of Services, without RawResourceStatusCollection', () => {
  let federation: Federation<(typeof NAMES)[number]>;
  let host: Cluster;
  let earth: Cluster;
  let vulcan: Cluster;

  beforeAll(async () => {
    federation = await startFederation({ names: NAMES, planes: { controllers: 'minimal', auditLog: true } });
    host = new Cluster(federation.clients.host);
    earth = new Cluster(federation.clients.earth);
    vulcan = new Cluster(federation.clients.vulcan);
    // As KubeFed's chart has it.
    const { kind, group, version, plural: pluralName } = FEDERATED_SERVICE_STATUSES;
    const statusType = { kind, group, version, pluralName, scope: 'Namespaced' };
    await host.patch(FEDERATED_TYPE_CONFIGS, TYPE_CONFIG, { spec: { statusCollection: 'Enabled', statusType } });
    await federateNamespace(host, NAMESPACE, MEMBERS);
  });

  afterAll(() => federation?.close());

  async function place(name: string) {
    const ref = { name, namespace: NAMESPACE };
    const template = { spec: { type: 'LoadBalancer', selector: { app: 'web' }, ports: [{ port: 80 }] } };
    await host.create(federatedKindOf(SERVICES), federated(SERVICES, { ...ref, template, on: MEMBERS }));
    await untilPropagated(host, SERVICES, ref, MEMBERS);
    return ref;
  }

  const report = (member: Cluster, ref: { name: string; namespace: string }, ip: string) =>
    member.patch(SERVICES, ref, { status: { loadBalancer: { ingress: [{ ip }] } } }, 'status');

  /** By cluster. */
  const addressesIn = (object: KubeObject) =>
    Object.fromEntries(
      ((object as FederatedServiceStatus).clusterStatus ?? []).map(({ clusterName, status }) => [
        clusterName,
        (status.loadBalancer as { ingress?: { ip: string }[] } | undefined)?.ingress?.[0]?.ip,
      ]),
    );

  const untilShown = (ref: { name: string; namespace: string }, shown: Record<string, string>) =>
    host.until(FEDERATED_SERVICE_STATUSES, ref, (object) => {
      const addresses = addressesIn(object);
      return Object.entries(shown).every(([cluster, ip]) => addresses[cluster] === ip);
    });

  it("stands in an object of KubeFed's kind that the federated object owns", async () => {
    const ref = await place('web');
    await report(earth, ref, '192.0.2.1');
    await report(vulcan, ref, '192.0.2.2');
    const object = (await untilShown(ref, { earth: '192.0.2.1', vulcan: '192.0.2.2' })) as FederatedServiceStatus;
    expect(object.clusterStatus).toEqual([
      { clusterName: 'earth', status: (await earth.get(SERVICES, ref)).status },
      { clusterName: 'vulcan', status: (await vulcan.get(SERVICES, ref)).status },
    ]);
    const owner = await host.get(federatedKindOf(SERVICES), ref);
    expect(object.metadata.ownerReferences).toEqual([
      { apiVersion: 'types.kubefed.io/v1beta1', kind: 'FederatedService', name: 'web', uid: owner.metadata.uid },
    ]);
    expect(owner.status).not.toHaveProperty('clusters.0.remoteStatus');
  });

  it('costs one write per second at most', async () => {
    const ref = await place('storm');
    const writes = async () =>
      (await writesOf(federation.planes.host, { namespace: NAMESPACE })).filter((write) =>
        / (federatedservicestatuses|federatedservices\/status) storm$/.test(write),
      ).length;
    await untilShown(ref, {});
    const before = await writes();
    const started = Date.now();
    for (let last = 1; last <= 50; last++) await report(last % 2 === 0 ? earth : vulcan, ref, `192.0.2.${last}`);
    await untilShown(ref, { earth: '192.0.2.50', vulcan: '192.0.2.49' });
    expect((await writes()) - before).toBeLessThanOrEqual((Date.now() - started) / 1000 + 2);
  });

  it('is what the type config says is running, until it is not', async () => {
    const controllerIs = (word: string) =>
      host.until(
        FEDERATED_TYPE_CONFIGS,
        TYPE_CONFIG,
        ({ status }) => (status as { statusController?: string }).statusController === word,
      );
    await controllerIs('Running');
    await host.patch(FEDERATED_TYPE_CONFIGS, TYPE_CONFIG, { spec: { statusCollection: 'Disabled' } });
    await controllerIs('NotRunning');
  });
});
