import type { CustomResourceDefinition, JsonSchema } from '../../apiextensions/v1.ts';
import { defineCrd } from '../../crd/definition.ts';
import { listOf, object, text } from '../../crd/schema.ts';
import { CLUSTER_PROPAGATED_VERSIONS, PROPAGATED_VERSIONS } from './propagated-version.ts';

/** Also the shape of `status.propagatedVersion` on a federated object. */
export function propagatedVersionStatusSchema(): JsonSchema {
  const entry = object(
    'What was last written to one member.',
    {
      clusterName: text('Name of the member.'),
      version: text('gen:<generation> of the object there, or rv:<resourceVersion> where the kind has no generation.'),
    },
    { required: ['clusterName', 'version'] },
  );
  return object(
    'What was last written to each member. A cache: missing or stale, the content is compared.',
    {
      templateVersion: text('Hash of the template that was written.'),
      overridesVersion: text('Hash of the overrides that were written.'),
      clusterVersions: listOf(entry, 'One entry per member, sorted by name.'),
    },
    { required: ['overridesVersion', 'templateVersion'] },
  );
}

export function propagatedVersionCrds(): CustomResourceDefinition[] {
  return [PROPAGATED_VERSIONS, CLUSTER_PROPAGATED_VERSIONS].map((resource) =>
    defineCrd({
      resource,
      description:
        'What was last written to the members for one federated object. Its name is <kind in lower case>-<name>.',
      statusSubresource: true,
      properties: { status: propagatedVersionStatusSchema() },
    }),
  );
}
