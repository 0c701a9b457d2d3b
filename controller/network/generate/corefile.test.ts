import { describe, expect, it } from 'vitest';
import { corefileRewrite } from '../../services/derived-name.ts';
import { clusterDomainOf, takesCustomRules, withoutRule, withRule } from './corefile.ts';

const KUBEADM = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    forward . /etc/resolv.conf
    cache 30
}
`;
const RULE = 'rewrite stop {\n    name regex a b\n}\n';

describe('a Corefile', () => {
  it('gets the rule before the plugin that answers for the cluster, indented as it is', () => {
    expect(withRule(KUBEADM, RULE)).toBe(
      KUBEADM.replace(
        '    kubernetes',
        '    # fedmesh: names of Services of other clusters\n    rewrite stop {\n        name regex a b\n    }\n    # fedmesh: end\n    kubernetes',
      ),
    );
  });

  it('gets it once, however often, a newer one in place of the older, and is the old one without it', () => {
    const once = withRule(KUBEADM, RULE);

    expect(withRule(once, RULE)).toBe(once);
    expect(withRule(withRule(KUBEADM, 'other'), RULE)).toBe(once);
    expect(withoutRule(once)).toBe(KUBEADM);
    expect(withoutRule(KUBEADM)).toBe(KUBEADM);
  });

  it('tells the domain of the cluster', () => {
    expect(clusterDomainOf(KUBEADM)).toBe('cluster.local');
    expect(clusterDomainOf(KUBEADM.replace('cluster.local', 'earth.example.'))).toBe('earth.example');
    expect(clusterDomainOf('. {\n  kubernetes\n}\n')).toBeUndefined();
  });

  it('of k3s takes rules from a ConfigMap of their own', () => {
    expect(takesCustomRules(KUBEADM)).toBe(false);
    expect(takesCustomRules(KUBEADM.replace('    ready', '    ready\n    import /etc/coredns/custom/*.override'))).toBe(
      true,
    );
  });

  it.each([
    ['.:53 {\n    forward . 1.1.1.1\n}\n', 'no server block with the kubernetes plugin'],
    [withRule(KUBEADM, RULE).replace('# fedmesh: end', ''), 'and no "# fedmesh: end" after it'],
  ])('that nobody can edit safely is left alone', (corefile, why) => {
    expect(() => withRule(corefile, RULE)).toThrow(why);
  });

  it('keeps the braces of the real rule in balance', () => {
    const text = withRule(KUBEADM, corefileRewrite()).replaceAll(/\{\d\}/g, '');

    expect(text.split('{').length).toBe(text.split('}').length);
    expect(text).toContain('        answer name ^mcs-');
  });
});
