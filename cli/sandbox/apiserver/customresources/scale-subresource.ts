import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import { invalid } from '../errors/field-errors.ts';
import { goJson } from '../errors/go-text.ts';
import { badRequest, type FieldError, internalError, notFound } from '../errors/status-error.ts';
import type { ActionAnswer, ActionRequest, Subresource, WriteContext } from '../resources/resource-definition.ts';
import { SCALE_COLUMNS } from '../scale/scale-columns.ts';
import { meantUid, sentScale } from '../scale/sent-scale.ts';
import { isMap, own } from '../schema/json-value.ts';
import type { ScaleDescription } from './crd.ts';

const MAX_REPLICAS = 2 ** 31 - 1;
/** What patches of what says no number yet are shown; whatever leaves it so has to say one. */
const NONE_YET = -(2 ** 31);
const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' } as const;

/** `scale` of custom resources: replicas and selector stand where the CRD says. Kubernetes: `customresource/etcd.go`. */
export function scaleSubresource(description: DeepReadonly<ScaleDescription>): Subresource {
  return {
    kind: 'action',
    verbs: ['get', 'patch', 'update'],
    responseKind: SCALE,
    columns: SCALE_COLUMNS,
    handle: (request, context) =>
      request.verb === 'get' ? readScale(description, request, context) : writeScale(description, request, context),
  };
}

function readScale(
  description: DeepReadonly<ScaleDescription>,
  { definition, namespace, name }: ActionRequest,
  { storage }: WriteContext,
): ActionAnswer {
  const stored = storage.get(definition.storageKey, namespace, name);
  if (stored === undefined) throw notFound(definition, name);
  const scale = scaleOf(description, stored.object);
  if (scale.replicas === undefined) {
    throw internalError(`the spec replicas field ${JSON.stringify(description.specReplicasPath)} does not exist`);
  }
  return { code: 200, body: scale.object };
}

function writeScale(
  description: DeepReadonly<ScaleDescription>,
  request: ActionRequest,
  context: WriteContext,
): ActionAnswer {
  const { definition, namespace, name } = request;
  const updated = context.cluster.registry.update(
    definition,
    { namespace, name },
    (stored) => {
      const uid = meantUid(request);
      // The registry says that it is another one.
      if (uid !== undefined && uid !== stored.metadata.uid) return { ...stored, metadata: { ...stored.metadata, uid } };
      const { object, replicas: before } = scaleOf(description, stored);
      const { scale, managedFields } = sentScale(request, {
        parent: stored,
        apiVersion: stored.apiVersion ?? '',
        replicasPath: stepsOf(description.specReplicasPath),
        current: before === undefined ? { ...object, spec: { replicas: NONE_YET } } : object,
        manager: request.fieldManager ?? '',
        now: context.now,
      });
      const { replicas = 0 } = (scale.spec ?? {}) as { replicas?: number };
      if (replicas === NONE_YET) {
        throw badRequest(`the spec replicas field ${JSON.stringify(description.specReplicasPath)} cannot be empty`);
      }
      put(stored, stepsOf(description.specReplicasPath), replicas);
      const { resourceVersion } = scale.metadata;
      if (resourceVersion !== undefined && resourceVersion !== '') stored.metadata.resourceVersion = resourceVersion;
      stored.metadata.managedFields = managedFields;
      return stored;
    },
    {
      user: context.user,
      now: context.now,
      dryRun: context.dryRun,
      subresource: 'scale',
    },
  );
  return { code: 200, body: scaleOf(description, updated).object };
}

function scaleOf(
  { specReplicasPath, statusReplicasPath, labelSelectorPath }: DeepReadonly<ScaleDescription>,
  { metadata, ...content }: DeepReadonly<KubeObject>,
): { readonly object: KubeObject; readonly replicas: number | undefined } {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const replicas = integerAt(content, specReplicasPath);
  const selector = labelSelectorPath ? at(content, labelSelectorPath) : undefined;
  const known = { name, namespace, uid, resourceVersion, creationTimestamp };
  const object: KubeObject = {
    kind: SCALE.kind,
    apiVersion: `${SCALE.group}/${SCALE.version}`,
    metadata: Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
    spec: { ...(replicas ? { replicas } : {}) },
    status: {
      replicas: integerAt(content, statusReplicasPath) ?? 0,
      ...(typeof selector === 'string' && selector !== '' ? { selector } : {}),
    },
  };
  return { object, replicas };
}

function integerAt(object: unknown, path: string): number | undefined {
  const value = at(object, path);
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
}

/** What a custom resource may not say where its scale stands. */
export function validateScale(
  description: DeepReadonly<ScaleDescription>,
  object: DeepReadonly<KubeObject>,
): FieldError[] {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = description;
  const errors = [...validateReplicas(object, specReplicasPath), ...validateReplicas(object, statusReplicasPath)];
  if (labelSelectorPath) {
    const selector = at(object, labelSelectorPath);
    if (selector !== undefined && typeof selector !== 'string') {
      errors.push(invalid(labelSelectorPath, '', wrongType(labelSelectorPath, selector, 'string')));
    }
  }
  return errors;
}

function validateReplicas(object: DeepReadonly<KubeObject>, path: string): FieldError[] {
  const value = at(object, path);
  if (value === undefined) return [];
  if (typeof value !== 'number' || !Number.isInteger(value)) return [invalid(path, 0, wrongType(path, value, 'int64'))];
  if (value < 0) return [invalid(path, value, 'should be a non-negative integer')];
  return value > MAX_REPLICAS ? [invalid(path, value, `should be less than or equal to ${MAX_REPLICAS}`)] : [];
}

function wrongType(path: string, value: unknown, expected: string): string {
  const [shown, type] = goValue(value);
  return `${path} accessor error: ${shown} is of the type ${type}, expected ${expected}`;
}

function goValue(value: unknown): readonly [string, string] {
  if (typeof value === 'string') return [value, 'string'];
  if (typeof value === 'boolean') return [String(value), 'bool'];
  if (typeof value === 'number') return [String(value), Number.isInteger(value) ? 'int64' : 'float64'];
  if (value === null) return ['<nil>', '<nil>'];
  return [goJson(value), Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}'];
}

function stepsOf(path: string): string[] {
  return path.replace(/^\./, '').split('.');
}

function at(object: unknown, path: string): unknown {
  return stepsOf(path).reduce<unknown>((value, step) => (isMap(value) ? own(value, step) : undefined), object);
}

/** `object` is the caller's to change; so is all that it holds. */
function put(object: KubeObject, steps: readonly string[], replicas: number): void {
  let map: Record<string, unknown> = object;
  for (const step of steps.slice(0, -1)) {
    const next = own(map, step);
    const child = isMap(next) ? next : {};
    map[step] = child;
    map = child;
  }
  map[steps.at(-1) ?? ''] = replicas;
}
