import { Document } from 'yaml';
import { allCrds } from '../crd/all.ts';
import { defaultFollowingRole } from '../rbac/following-role.ts';
import { type PeopleRole, peopleRoles } from '../rbac/people-roles.ts';

const HEADER = ' Generated from apis/ by `npm run generate`. Do not edit.';

const FOLLOWING = [
  HEADER,
  ' What the controller may do in a namespace that it follows, beyond what it may everywhere (docs/following.md). It is bound',
  ' nowhere: `fedctl federate namespace NAME --contents --follow` binds it in that namespace, or a RoleBinding of yours does.',
  ' These are the kinds of a new installation; `fedctl enable` and `fedctl disable` keep it to those that are federated.',
].join('\n');

/** Every generated file: path from the root of the repository, and content. */
export function generatedFiles(): Map<string, string> {
  const crds = allCrds().map((crd): [string, string] => [
    `manifests/crds/${crd.spec.group}_${crd.spec.names.plural}.yaml`,
    yamlOf(crd, HEADER),
  ]);
  const roles = peopleRoles().map((role): [string, string] => [`manifests/rbac/${fileNameOf(role)}`, roleYaml(role)]);
  const following: [string, string] = ['manifests/rbac/following.yaml', yamlOf(defaultFollowingRole(), FOLLOWING)];
  return new Map([...crds, kustomizationOf(crds), ...roles, following]);
}

/** So that the folder can be named as a whole, from wherever a kustomization stands. */
function kustomizationOf(crds: readonly [string, string][]): [string, string] {
  const resources = crds.map(([path]) => path.slice(path.lastIndexOf('/') + 1)).sort();
  const kustomization = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources };
  return ['manifests/crds/kustomization.yaml', yamlOf(kustomization, HEADER)];
}

function fileNameOf(role: PeopleRole): string {
  return `people-${role.name}.yaml`;
}

function roleYaml(role: PeopleRole): string {
  return yamlOf(role.clusterRole, [HEADER, ...role.comment.map((line) => ` ${line}`)].join('\n'));
}

function yamlOf(value: unknown, comment: string): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  document.commentBefore = comment;
  return document.toString({ lineWidth: 120 });
}
