import type { DeepReadonly, KubeObject, ObjectMeta } from '../../../../apis/meta/v1.ts';
import { encodeAsGo } from '../encoding/go-encoding.ts';
import type { FieldError, GroupResource } from '../errors/status-error.ts';
import { forbidden } from '../errors/status-error.ts';
import type { Strategy, WriteContext } from '../resources/resource-definition.ts';
import { builtInType } from '../schema/built-in.ts';
import { applyDefaults } from '../schema/defaults.ts';
import { validateEmbeddedResources } from '../schema/embedded-resources.ts';
import { validateListTypes } from '../schema/list-types.ts';
import type { Schema } from '../schema/schema.ts';
import { validateValue } from '../schema/validate-value.ts';
import { validateLabels } from '../validation/labels.ts';
import { isQualifiedName } from '../validation/names.ts';
import { nameIsDnsSubdomain, validateAnnotations } from '../validation/object-meta.ts';
import type { CrdVersion } from './crd.ts';
import { validateScale } from './scale-subresource.ts';

const CRDS = 'customresourcedefinitions.apiextensions.k8s.io';
const OBJECT_META = builtInType('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta');
const STANDARD_FINALIZERS = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

/**
 * What is particular to the custom resources of one version. The registry judges them by the definition's schema; here is what
 * that does not say. Kubernetes: `registry/customresource/strategy.go`.
 */
export function customResourceStrategy(resource: GroupResource, version: DeepReadonly<CrdVersion>): Strategy {
  const schema = version.schema?.openAPIV3Schema as Schema | undefined;
  const scale = version.subresources?.scale;
  const hasStatus = version.subresources?.status !== undefined;
  const metadataSchema = schema?.properties?.metadata;

  const validate = (object: DeepReadonly<KubeObject>): FieldError[] => [
    ...(metadataSchema === undefined ? [] : validateMetadata(metadataSchema, object)),
    ...(scale === undefined ? [] : validateScale(scale, object)),
    ...(schema === undefined ? [] : validateEmbeddedResources(schema, object, embeddedMetadataRules)),
  ];
  const listErrors = (object: DeepReadonly<KubeObject>) =>
    schema === undefined ? [] : validateListTypes(schema, object);

  return {
    setDefaults(object) {
      // Metadata goes through Go's type even where nothing else does: empty labels are none.
      if (OBJECT_META !== undefined) encodeAsGo(OBJECT_META, object.metadata as Record<string, unknown>);
      if (schema !== undefined) applyDefaults(schema, object);
    },
    prepareForCreate(object) {
      if (hasStatus) delete object.status;
    },
    prepareForUpdate(object, stored) {
      if (!hasStatus) return;
      if (stored.status === undefined) delete object.status;
      else object.status = stored.status;
    },
    validate: (object) => [...validate(object), ...listErrors(object)],
    // Duplicates that are there already may stay.
    validateUpdate: (object, stored) => [
      ...validate(object),
      ...(listErrors(stored).length > 0 ? [] : listErrors(object)),
    ],
    admit(object, stored, context) {
      if (stored === undefined) refuseWhileTerminating(resource, object, context);
    },
    warnings: (object, stored) => finalizerWarnings(object, stored),
    hasGeneration: true,
    unconditionalUpdate: false,
    validateName: nameIsDnsSubdomain,
    defaultPropagation: 'Background',
  };
}

/** A CRD may restrict names. */
function validateMetadata(schema: Schema, object: DeepReadonly<KubeObject>): FieldError[] {
  const { properties = {} } = schema;
  const { name, generateName } = object.metadata;
  const restricted: Schema = { type: 'object', properties: { metadata: { type: 'object', properties } } };
  const metadata = { ...(name === undefined ? {} : { name }), ...(generateName === undefined ? {} : { generateName }) };
  return validateValue(restricted, { metadata }, '');
}

function embeddedMetadataRules(metadata: Readonly<Record<string, unknown>>, path: string): FieldError[] {
  const { labels, annotations } = metadata as Partial<ObjectMeta>;
  return [...validateLabels(labels, `${path}.labels`), ...validateAnnotations(annotations, `${path}.annotations`)];
}

function refuseWhileTerminating(
  resource: GroupResource,
  { metadata }: DeepReadonly<KubeObject>,
  { storage }: WriteContext,
): void {
  const crd = storage.get(CRDS, '', `${resource.plural}.${resource.group}`);
  if (crd?.object.metadata.deletionTimestamp === undefined) return;
  const why = 'create not allowed while custom resource definition is terminating';
  throw forbidden(resource, metadata.name ?? '', why);
}

/** Of finalizers that were not there before. */
function finalizerWarnings(object: DeepReadonly<KubeObject>, stored: DeepReadonly<KubeObject> | undefined): string[] {
  const before = new Set(stored?.metadata.finalizers);
  const added = (object.metadata.finalizers ?? []).filter((finalizer) => !before.has(finalizer)).sort();
  return added.flatMap((finalizer) => {
    const about = `metadata.finalizers: ${JSON.stringify(finalizer)}`;
    const problems = isQualifiedName(finalizer).map((problem) => `${about}: ${problem}`);
    if (finalizer.includes('/') || STANDARD_FINALIZERS.has(finalizer)) return problems;
    const path = finalizer.includes('.') ? ' including a path (/)' : '';
    const advice = `prefer a domain-qualified finalizer name${path} to avoid accidental conflicts with other finalizer writers`;
    return [...problems, `${about}: ${advice}`];
  });
}
