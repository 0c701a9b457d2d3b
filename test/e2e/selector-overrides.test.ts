import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { KUBEFED_CLUSTERS } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { DEFAULT_KUBEFED_NAMESPACE } from '../../apis/well-known.ts';
import { Cluster } from './cluster.ts';
import { federated, federateNamespace, untilPropagated, untilStanding } from './federated.ts';
import { type Federation, startFederation } from './federation.ts';
import { CONFIG_MAPS, federatedKindOf } from './kinds.ts';

const NAMES = ['earth', 'vulcan'] as const;
type Name = (typeof NAMES)[number];
const NAMESPACE = 'labelled';
const REF = { name: 'limits', namespace: NAMESPACE };
const BURST = { matchLabels: { burst: 'true' } };

const says = (size: string) => (object: KubeObject) => (object.data as { size?: string }).size === size;

describe.runIf(inject('kubeconfig') !== '')('overrides for clusters by their labels', () => {
  let federation: Federation<Name>;
  let host: Cluster;
  let vulcan: Cluster;

  beforeAll(async () => {
    federation = await startFederation({ names: NAMES, members: NAMES, planes: { controllers: 'minimal' } });
    host = new Cluster(federation.clients.earth);
    vulcan = new Cluster(federation.clients.vulcan);
    await federateNamespace(host, NAMESPACE, { clusterSelector: {} });
    const spec = { template: { data: { size: 'small' } }, on: { clusterSelector: {} } };
    const overrides = [{ clusterSelector: BURST, clusterOverrides: [{ path: '/data/size', value: 'large' }] }];
    await host.create(federatedKindOf(CONFIG_MAPS), federated(CONFIG_MAPS, { ...REF, ...spec, overrides }));
    await untilPropagated(host, CONFIG_MAPS, REF, NAMES);
  });

  afterAll(() => federation?.close());

  async function label(value: string | null): Promise<void> {
    const cluster = { name: 'vulcan', namespace: DEFAULT_KUBEFED_NAMESPACE };
    await host.patch(KUBEFED_CLUSTERS, cluster, { metadata: { labels: { burst: value } } });
  }

  it('come and go with the labels, and the others are not written to', async () => {
    const { resourceVersion } = (await host.get(CONFIG_MAPS, REF)).metadata;
    await label('true');
    await vulcan.until(CONFIG_MAPS, REF, says('large'));
    await label(null);
    await vulcan.until(CONFIG_MAPS, REF, says('small'));
    await label('true');
    await vulcan.until(CONFIG_MAPS, REF, says('large'));
    await untilPropagated(host, CONFIG_MAPS, REF, NAMES);
    expect((await host.get(CONFIG_MAPS, REF)).metadata.resourceVersion).toBe(resourceVersion);
  });

  it('give way to later entries, and a condition says so', async () => {
    const overrides = [
      { clusterSelector: BURST, clusterOverrides: [{ path: '/data/size', value: 'large' }] },
      { clusterName: 'vulcan', clusterOverrides: [{ path: '/data/size', value: 'huge' }] },
    ];
    await host.patch(federatedKindOf(CONFIG_MAPS), REF, { spec: { overrides } });
    await vulcan.until(CONFIG_MAPS, REF, says('huge'));
    const { conditions } = await untilStanding(
      host,
      CONFIG_MAPS,
      REF,
      (each) => 'OverridesConflict' in each.conditions,
    );
    expect(conditions.OverridesConflict).toBe('True vulcan: "/data/size" of overrides[1] wins over overrides[0]');
    await host.patch(federatedKindOf(CONFIG_MAPS), REF, { spec: { overrides: overrides.slice(0, 1) } });
    await vulcan.until(CONFIG_MAPS, REF, says('large'));
    await untilStanding(host, CONFIG_MAPS, REF, (each) => !('OverridesConflict' in each.conditions));
  });

  it('that do not say which clusters they mean are applied nowhere, and the status says why', async () => {
    const bad = { matchExpressions: [{ key: 'burst', operator: 'In' }] };
    await host.patch(federatedKindOf(CONFIG_MAPS), REF, { spec: { overrides: [{ clusterSelector: bad }] } });
    const { messages } = await untilStanding(
      host,
      CONFIG_MAPS,
      REF,
      ({ clusters }) => clusters.vulcan === 'ApplyOverridesFailed',
    );
    expect(messages.vulcan).toMatch(/^overrides\[0\]\.clusterSelector/);
    expect(says('large')(await vulcan.get(CONFIG_MAPS, REF))).toBe(true);
  });
});
