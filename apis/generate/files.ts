import { Document } from 'yaml';
import { allCrds } from '../crd/all.ts';
import { type PeopleRole, peopleRoles } from '../rbac/people-roles.ts';

const HEADER = ' Generated from apis/ by `npm run generate`. Do not edit.';

/** Every generated file: path from the root of the repository, and content. */
export function generatedFiles(): Map<string, string> {
  const crds = allCrds().map((crd): [string, string] => [
    `manifests/crds/${crd.spec.group}_${crd.spec.names.plural}.yaml`,
    yamlOf(crd, HEADER),
  ]);
  const roles = peopleRoles().map((role): [string, string] => [`manifests/rbac/${fileNameOf(role)}`, roleYaml(role)]);
  return new Map([...crds, ...roles]);
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
