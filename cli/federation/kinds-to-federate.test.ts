import { describe, expect, it } from 'vitest';
import { isSkipped, missingVerbs } from './kinds-to-federate.ts';

describe('the kinds of a namespace that can be federated', () => {
  it.each(['deploy', 'deployments', 'deployments.apps', 'Deployment', 'deployment', 'apps'])(
    '--skip-api-resources %s leaves Deployments out',
    (word) => {
      const kind = {
        group: 'apps',
        kind: 'Deployment',
        plural: 'deployments',
        singular: 'deployment',
        shortNames: ['deploy'],
      };
      expect(isSkipped(kind, ['pods', word])).toBe(true);
      expect(isSkipped(kind, ['pods'])).toBe(false);
    },
  );

  it('needs every verb that keeping something the same takes', () => {
    expect(missingVerbs({ verbs: ['create'] })).toEqual(['delete', 'get', 'list', 'update', 'watch']);
    expect(missingVerbs({ verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'] })).toEqual([]);
  });
});
