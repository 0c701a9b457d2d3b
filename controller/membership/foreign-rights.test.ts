import { expect, it } from 'vitest';
import { relationOf } from './foreign-rights.ts';
import { memberNames } from './names.ts';

const names = memberNames('vulcan', 'earth');
const controlPlane = { uid: 'ours', hostClusterUid: 'h', namespaceUid: 'n', namespace: 'team-a' };
const wide = { names, namespace: 'team-a', controlPlane: { ...controlPlane, scope: 'Cluster' as const } };
const limited = { names, namespace: 'team-a', controlPlane: { ...controlPlane, scope: 'Namespaced' as const } };
const PREFIX = 'kubefed-controller-manager:';

it.each([
  ['a ClusterRole of somebody else altogether', wide, 'view', undefined, 'none'],
  ['its own', wide, `${PREFIX}vulcan-earth`, 'ours', 'own'],
  ['its own in one namespace', limited, `${PREFIX}team-a:healthcheck-vulcan-earth`, 'ours', 'own'],
  ['its own under another name', limited, `${PREFIX}team-a:healthcheck-v-earth`, 'ours', 'renamed'],
  ['another one for all namespaces', wide, `${PREFIX}vulcan-mars`, 'theirs', 'rival'],
  ['KubeFed from another host', wide, `${PREFIX}vulcan-mars`, undefined, 'rival'],
  ['another one for the same namespace', limited, `${PREFIX}team-a:healthcheck-vulcan-mars`, 'theirs', 'rival'],
  ['one for another namespace', limited, `${PREFIX}team-b:healthcheck-vulcan-earth`, 'theirs', 'apart'],
  ['one for all namespaces beside one for a single one', limited, `${PREFIX}vulcan-mars`, 'theirs', 'neighbour'],
  ['one for a single namespace beside one for all', wide, `${PREFIX}team-b:healthcheck-x`, 'theirs', 'neighbour'],
] as const)('who joins a member finds %s', (_, rights, clusterRole, owner, relation) => {
  expect(relationOf(clusterRole, owner, { rights, known: false })).toBe(relation);
});

it('takes rights of its name without a mark for those of KubeFed on this host, when the host knows the member', () => {
  expect(relationOf(`${PREFIX}vulcan-earth`, undefined, { rights: wide, known: true })).toBe('own');
  expect(relationOf(`${PREFIX}vulcan-earth`, undefined, { rights: wide, known: false })).toBe('rival');
});
