import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PROPAGATED_VERSIONS, type PropagatedVersion } from '../../apis/core/v1alpha1/propagated-version.ts';
import { KUBEFED_CLUSTERS } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { KUBEFED_CONFIGS } from '../../apis/core/v1beta1/kubefed-config.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { MIGRATED_FROM_ANNOTATION } from '../../apis/well-known.ts';
import { type Client, createClient } from '../../controller/kube/client.ts';
import { endpointFor, loadKubeconfig } from '../../controller/kube/kubeconfig.ts';
import { writesOf } from './audit-log.ts';
import { Cluster, until } from './cluster.ts';
import { type ControlPlanes, startControlPlanes } from './control-planes.ts';
import { federated, standingOf, untilPropagated } from './federated.ts';
import { CONFIG_MAPS, DEPLOYMENTS, federatedKindOf, NAMESPACES } from './kinds.ts';
import { installKubeFed, joinAsKubeFed, NAMESPACE, registerKubeFedWebhooks } from './kubefed/installation.ts';
import { federatedObjects, placeAsKubeFed } from './kubefed/objects.ts';
import { differences, type Listing, listEverything } from './listing.ts';
import { ControllerProcess, type Finished, fedctl, succeed } from './processes.ts';

type Name = 'host' | 'earth' | 'vulcan';
const COUNT = 500;
/** Of those, so many have lost their PropagatedVersion. */
const UNRECORDED = 20;
const never = new AbortController().signal;

describe.runIf(inject('kubeconfig') !== '')('a host that KubeFed rules, with 500 federated objects', () => {
  let planes: ControlPlanes<Name>;
  let clients: Record<Name, Client>;
  let host: Cluster;
  let members: readonly Cluster[];
  let before: Listing;
  let controller: ControllerProcess | undefined;
  const live = federatedObjects('shop', COUNT);

  beforeAll(async () => {
    planes = await startControlPlanes({ names: ['host', 'earth', 'vulcan'], auditLog: true });
    const kubeconfig = await loadKubeconfig({ path: planes.kubeconfigPath });
    const client = (name: Name) => createClient(endpointFor(kubeconfig, { context: name, cluster: name }), {});
    clients = { host: client('host'), earth: client('earth'), vulcan: client('vulcan') };
    host = new Cluster(clients.host);
    members = [new Cluster(clients.earth), new Cluster(clients.vulcan)];
    await installKubeFed(host);
    for (const member of members) await joinAsKubeFed(host, member, planes.planes[member.name as Name]);
    await host.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    await placeAsKubeFed(host, members, live, { unrecorded: UNRECORDED });
    await host.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lab' } });
    // KubeFed ignores the one, and drops the annotations of the other.
    const ignored = federated(NAMESPACES, { name: 'fedns', namespace: 'lab', on: ['earth'] });
    await host.create(federatedKindOf(NAMESPACES), ignored);
    const inside = { name: 'quiet', namespace: 'lab', on: ['earth'], template: { data: { a: '1' } } };
    const quiet = federated(CONFIG_MAPS, inside);
    const finalizers = ['kubefed.io/sync-controller'];
    await host.create(federatedKindOf(CONFIG_MAPS), { ...quiet, metadata: { ...quiet.metadata, finalizers } });
    await registerKubeFedWebhooks(host);
    before = await settledListing();
  }, 300_000);

  afterAll(async () => {
    await controller?.stop();
    for (const client of Object.values(clients ?? {})) await client.close();
    await planes?.close();
  });

  function run(...args: string[]): Promise<Finished> {
    return fedctl(planes.kubeconfigPath, [...args, '--host-cluster-context', 'host']);
  }

  /** Once the Pods of its Deployments are there, the host is at rest. */
  async function settledListing(): Promise<Listing> {
    await host.until(
      DEPLOYMENTS,
      { name: 'kubefed-controller-manager', namespace: NAMESPACE },
      (now) => (now as { status?: { replicas?: number } }).status?.replicas === 2,
    );
    return listEverything(clients.host, never);
  }

  async function memberWrites(): Promise<string[]> {
    return (
      await Promise.all([planes.planes.earth, planes.planes.vulcan].map((plane) => writesOf(plane, { stored: true })))
    ).flat();
  }

  /** Every object has been looked at by this controller: its status says in how many members it is. */
  async function untilLookedAt(): Promise<void> {
    const kinds = [...new Set(live.map(({ target }) => target))].map(federatedKindOf);
    await until(
      'every status to be written',
      async () => {
        const lists = await Promise.all(kinds.map((kind) => host.list(kind, 'shop')));
        return lists
          .flat()
          .filter((object) => (object as FederatedObject).status?.clusterSummary !== '2/2')
          .map((object) => [object.kind, object.metadata.name, standingOf(object as FederatedObject)]);
      },
      (open) => open.length === 0,
      { withinMs: 240_000, everyMs: 500 },
    );
  }

  function versionsOf(name: string): Promise<PropagatedVersion> {
    return host.get<PropagatedVersion>(PROPAGATED_VERSIONS, { name, namespace: 'shop' });
  }

  it('is looked at without being changed', async () => {
    const text = await run('migrate', 'kubefed', '--dry-run');
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toContain(`KubeFed in ${NAMESPACE} of host:\n`);
    expect(text.stdout).toContain('quay.io/kubernetes-multicluster/kubefed:v0.10.0');
    expect(text.stdout).toContain('validations.core.kubefed.io (Fail)');
    expect(text.stdout).toContain('earth: ready, its credentials have every right');
    expect(text.stdout).toContain(`${COUNT + 2} (`);
    expect(text.stdout).toContain('Frozen until you agree: --accept-namespaces');

    const json = JSON.parse((await run('migrate', 'kubefed', '--dry-run', '-o', 'json')).stdout);
    expect(json).toMatchObject({ state: 'fresh', obstacles: [] });
    expect(json.found.objects).toMatchObject({
      ignoredNamespaces: [{ kind: 'FederatedNamespace', namespace: 'lab', name: 'fedns', contents: 1 }],
      unrecorded: UNRECORDED + 1,
      outdated: 0,
    });
    expect(differences(before, await settledListing())).toEqual([]);
  });

  it('is handed over by one command, and Fedmesh finds nothing to write in any member', async () => {
    const finished = await run('migrate', 'kubefed', '--yes');
    expect(finished).toMatchObject({ code: 0, stderr: '' });
    expect(finished.stdout).toContain('host is migrated. Next:\n');
    expect((await run('migrate', 'kubefed', '--yes')).stdout).toContain('host is migrated: there is nothing to do\n');

    controller = await ControllerProcess.start({ kubeconfig: planes.kubeconfigPath });
    await untilLookedAt();

    expect(await memberWrites()).toEqual([]);
    const config = await host.get(KUBEFED_CONFIGS, { name: 'kubefed', namespace: NAMESPACE });
    expect(config.metadata.annotations).toHaveProperty([MIGRATED_FROM_ANNOTATION]);
    expect(await members[0]?.find(NAMESPACES, { name: 'lab' })).toBeUndefined();
  });

  it('goes on from there: a change reaches the members once, and the record that KubeFed reads follows', async () => {
    const kind = federatedKindOf(CONFIG_MAPS);
    const ref = { name: 'object-002', namespace: 'shop' };
    const record = await versionsOf('configmap-object-002');

    await host.patch(kind, ref, { spec: { template: { data: { key: 'changed' } } } });

    await untilPropagated(host, CONFIG_MAPS, ref, ['earth', 'vulcan']);
    for (const member of members)
      expect(await member.get(CONFIG_MAPS, ref)).toMatchObject({ data: { key: 'changed' } });
    expect(await memberWrites()).toEqual(['update configmaps object-002', 'update configmaps object-002']);
    const versions = await Promise.all(
      members.map(async (member) => (await member.get(CONFIG_MAPS, ref)).metadata.resourceVersion),
    );
    await until(
      'the PropagatedVersion to follow',
      async () => (await versionsOf('configmap-object-002')).status,
      (now) =>
        now?.templateVersion !== record.status?.templateVersion &&
        now?.clusterVersions?.map(({ version }) => version).join() === versions.map((each) => `rv:${each}`).join(),
    );
  });

  it('is given back as it was, and no member hears of it', async () => {
    const running = await run('migrate', 'kubefed', 'rollback', '--yes');
    expect(running.code).toBe(4);
    expect(running.stderr).toContain("Fedmesh's controller still runs");
    await controller?.stop();
    const writes = await memberWrites();

    const finished = await run('migrate', 'kubefed', 'rollback', '--yes');

    expect(finished.code).toBe(0);
    expect(finished.stdout).toContain('KubeFed has host back\n');
    const after = await settledListing();
    expect(differences(unwidened(before), unwidened(after)).filter((line) => !MAY_DIFFER.test(line))).toEqual([]);
    expect(await memberWrites()).toEqual(writes);
    expect((await run('migrate', 'kubefed', 'rollback', '--yes')).stderr).toContain('has not been migrated');
  });

  it('can be handed over again and for good: then what KubeFed kept for itself goes, and the way back is closed', async () => {
    const writes = await memberWrites();
    await succeed(run('migrate', 'kubefed', '--yes', '--accept-namespaces'));
    controller = await ControllerProcess.start({ kubeconfig: planes.kubeconfigPath });
    await until(
      'what was agreed to',
      () => members[0]?.find(CONFIG_MAPS, { name: 'quiet', namespace: 'lab' }),
      (found) => found !== undefined,
    );

    const finished = await succeed(run('migrate', 'kubefed', 'finalize', '--yes'));

    expect(finished).toContain('PropagatedVersions deleted');
    expect(await host.list(PROPAGATED_VERSIONS)).toEqual([]);
    expect((await run('migrate', 'kubefed', 'rollback', '--yes')).stderr).toContain('there is no way back any more');
    const others = (await memberWrites()).filter((line) => !/ (lab|quiet)$/.test(line));
    expect(others).toEqual(writes);
  });

  it('lets a member go with all that KubeFed put there when a person says so', async () => {
    const kept = await run('unjoin', 'vulcan', '--dry-run');
    expect(kept.stdout).toContain(`objects to remove: 0, to release: ${COUNT}, to keep: 0`);

    const { stderr } = await run('unjoin', 'vulcan', '--yes', '--assume-created');

    expect(stderr).toContain(`${COUNT} managed objects do not say who made them`);
    expect(await host.find(KUBEFED_CLUSTERS, { name: 'vulcan', namespace: NAMESPACE })).toBeUndefined();
    const vulcan = members[1];
    await until(
      'the namespace to be gone',
      () => vulcan?.find(NAMESPACES, { name: 'shop' }),
      (found) => found === undefined,
      { withinMs: 120_000 },
    );
  });
});

/** The object that the tests change while Fedmesh rules, and the records that some objects had lost. */
const MAY_DIFFER = /shop\/object-002|^too much: propagatedversions/;

/** Definitions stay widened, and with them the APIs that they serve; Pods and ReplicaSets of a Deployment come and go. */
function unwidened(listing: Listing): Listing {
  return new Map(
    [...listing].filter(([key]) => !/^(customresourcedefinitions|apiservices|pods|replicasets)/.test(key)),
  );
}
