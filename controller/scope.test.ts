import { describe, expect, it } from 'vitest';
import { scopeFault } from './scope.ts';

const namespace = 'team-a';

describe('the scope of a control plane', () => {
  it('is free for the first controller, and the same for those that follow', () => {
    for (const scope of ['Cluster', 'Namespaced'] as const) {
      expect(scopeFault(scope, { configured: undefined, before: undefined, namespace })).toBeUndefined();
      expect(scopeFault(scope, { configured: scope, before: scope, namespace })).toBeUndefined();
    }
  });

  it('that is another than that of the controllers before is refused with the way out', () => {
    const fault = scopeFault('Cluster', { configured: 'Cluster', before: 'Namespaced', namespace });
    expect(fault).toContain('namespace "team-a" has the scope Namespaced');
    expect(fault).toContain('fedctl init --scope Cluster');
  });

  it('of a file that contradicts the KubeFedConfig on the host is refused', () => {
    const fault = scopeFault('Namespaced', { configured: 'Cluster', before: undefined, namespace });
    expect(fault).toContain('--kubefed-config asks for the scope Namespaced');
  });
});
