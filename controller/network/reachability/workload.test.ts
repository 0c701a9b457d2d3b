import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../apis/meta/v1.ts';
import type { FederatedObject } from '../../../apis/types/v1beta1/federated-object.ts';
import { applyOverrides, overridesFor } from '../../sync/render/overrides.ts';
import { type FederatedPart, probeTargets, probeWorkload, WORKLOAD_RESOURCES } from './workload.ts';

const members = [
  { cluster: 'earth', gatewayNodes: ['earth-1'], nodes: 3 },
  { cluster: 'vulcan', gatewayNodes: [], nodes: 2 },
];
/** What the sync makes of it for one member. */
function renderTemplate(parts: readonly FederatedPart[], name: string, cluster: string): KubeObject {
  const found = parts.find(({ object }) => object.kind === 'FederatedDeployment' && object.metadata.name === name);
  const { template, overrides } = (found?.object as FederatedObject | undefined)?.spec ?? {};
  const made = applyOverrides(template as KubeObject, overridesFor(overrides, cluster, {}), cluster);
  if ('error' in made) throw new Error(made.error);
  return made.object;
}

const workload = (allNodes = false) => probeWorkload({ image: 'probe:1', members, allNodes });

describe('the probes as federated objects', () => {
  it('are placed on every member, those that come later too', () => {
    for (const { object } of workload())
      expect(object.spec).toMatchObject({ placement: { clusterSelector: { matchLabels: {} } } });
  });

  it('say in each member which one it is, and prefer its gateway where one is known', () => {
    const earth = renderTemplate(workload(), 'fedmesh-probe-gateway', 'earth');
    expect(JSON.stringify(earth)).toContain('{"name":"PROBE_CLUSTER","value":"earth"}');
    expect(earth).toMatchObject({
      spec: {
        template: {
          spec: {
            affinity: {
              nodeAffinity: {
                preferredDuringSchedulingIgnoredDuringExecution: [
                  { preference: { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['earth-1'] }] } },
                ],
              },
            },
          },
        },
      },
    });
    const vulcan = renderTemplate(workload(), 'fedmesh-probe-gateway', 'vulcan');
    expect(JSON.stringify(vulcan)).toContain('{"name":"PROBE_CLUSTER","value":"vulcan"}');
    expect(JSON.stringify(vulcan)).not.toContain('nodeAffinity');
  });

  it('run on every node when they are to, one on each', () => {
    const earth = renderTemplate(workload(true), 'fedmesh-probe', 'earth');
    expect(earth).toMatchObject({
      spec: {
        replicas: 3,
        template: { spec: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{}] } } } },
      },
    });
  });

  it('hold no credentials and no rights', () => {
    const text = JSON.stringify(workload());
    expect(text).toContain('"automountServiceAccountToken":false');
    expect(text).toContain('"runAsNonRoot":true');
    expect(text).toContain('"drop":["ALL"]');
  });

  it('are all taken away in the end, the namespace last', () => {
    const targets = probeTargets({
      version: 'v',
      intervalMs: 1_000,
      perRound: 1,
      podPort: 1,
      servicePort: 1,
      members: [],
    });
    const made = [...workload(), targets].map(({ object }) => `${object.kind} ${object.metadata.name}`);
    const removed = WORKLOAD_RESOURCES.map(({ resource, name }) => `${resource.kind} ${name}`);
    expect(removed.toSorted()).toEqual(made.toSorted());
    expect(removed.at(-1)).toBe('FederatedNamespace fedmesh-probe');
  });
});
