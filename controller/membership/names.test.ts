import { describe, expect, it } from 'vitest';
import { clusterNameFault, clusterRoleOf, holderOf, hostNameOf, memberNames } from './names.ts';

describe('memberNames', () => {
  it("calls things as KubeFed did, so that its members' rights are found again", () => {
    expect(memberNames('vulcan', 'earth')).toEqual({
      serviceAccount: 'vulcan-earth',
      role: 'kubefed-controller-manager:vulcan-earth',
    });
  });
});

describe('hostNameOf', () => {
  it('makes a name of any context', () => {
    expect(hostNameOf('earth')).toBe('earth');
    expect(hostNameOf('kubernetes-admin@kubernetes')).toBe('kubernetes-admin-kubernetes');
    expect(hostNameOf('gke_my-project_europe-west1_Prod')).toBe('gke-my-project-europe-west1-prod');
    expect(hostNameOf('arn:aws:eks:eu-central-1:123456789012:cluster/prod')).toBe(
      'arn-aws-eks-eu-central-1-123456789012-cluster-prod',
    );
    expect(hostNameOf('@@@')).toBe('host');
    expect(clusterNameFault(hostNameOf(`${'x'.repeat(62)}_y`))).toBeUndefined();
  });
});

describe('clusterRoleOf', () => {
  const names = memberNames('vulcan', 'earth');

  it("is KubeFed's name in both scopes, by which its holder is known", () => {
    const wide = clusterRoleOf(names, { namespace: 'team-a', scope: 'Cluster' });
    const limited = clusterRoleOf(names, { namespace: 'team-a', scope: 'Namespaced' });
    expect([wide, limited]).toEqual([
      'kubefed-controller-manager:vulcan-earth',
      'kubefed-controller-manager:team-a:healthcheck-vulcan-earth',
    ]);
    expect(holderOf(wide)).toEqual({ serviceAccount: 'vulcan-earth' });
    expect(holderOf(limited)).toEqual({ serviceAccount: 'vulcan-earth', onlyIn: 'team-a' });
    expect(holderOf('view')).toBeUndefined();
  });
});
