import type { DeepReadonly, KubeObject, ObjectMeta } from '../../../apis/meta/v1.ts';
import { CREATED_BY_ANNOTATION, MANAGED_LABEL, TEMPLATE_ANNOTATIONS_ANNOTATION } from '../../../apis/well-known.ts';
import { escapeToken } from '../json/json-pointer.ts';
import { broughtAnnotations } from '../retention/retention.ts';
import { objectVersion } from '../versions/versions.ts';
import { contentDifferences } from './content-differences.ts';

/** A message that names more fields than this helps nobody. */
const MOST_DIFFERENCES = 20;

/** Labels that API servers put on objects by themselves: on every namespace its name, on a Job that has none those of its pods. */
const SERVER_LABELS: ReadonlySet<string> = new Set([
  'kubernetes.io/metadata.name',
  'controller-uid',
  'job-name',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
]);

/**
 * Whether a member's object needs a write, told from its metadata alone.
 *
 * `recorded` is the version that the object had after the last write of this very template and these overrides; pass
 * nothing when the hashes of the record are others. `compareContent` means that the record does not know: it is missing
 * or lost, or somebody wrote the object since (for kinds without a generation, perhaps only its status).
 */
export function needsUpdate(options: {
  readonly desired?: { readonly metadata: DeepReadonly<ObjectMeta> };
  readonly recorded: string | undefined;
  readonly observed: DeepReadonly<KubeObject>;
  /** Others own what the desired object does not speak of, as under server-side apply. */
  readonly shared?: boolean;
}): 'equal' | 'update' | 'compareContent' {
  const { desired, recorded, observed, shared = false } = options;
  if (observed.metadata.labels?.[MANAGED_LABEL] !== 'true') return 'update';
  const version = objectVersion(observed.metadata);
  if (recorded !== version) return 'compareContent';
  // A resourceVersion changes with the metadata too; a generation does not.
  if (!version.startsWith('gen:') || desired === undefined) return 'equal';
  return metadataDifferences(desired.metadata, observed.metadata, shared).length === 0 ? 'equal' : 'update';
}

/**
 * Whether the observed object is as KubeFed, or a Fedmesh that kept KubeFed's record, left it when it wrote this very
 * template and these overrides, and has the metadata that is desired now: KubeFed brought no annotations along.
 *
 * @param recorded `gen:` of a kind that had a generation when that was recorded, else `rv:`. Kinds have been given one since,
 * and members differ in that, so each is compared with what it speaks of.
 */
export function isAsRecorded(options: {
  readonly desired: { readonly metadata: DeepReadonly<ObjectMeta> };
  readonly recorded: string;
  readonly observed: DeepReadonly<KubeObject>;
  /** As for `needsUpdate`. */
  readonly shared?: boolean;
}): boolean {
  const { desired, recorded, observed, shared = false } = options;
  const { generation, resourceVersion, labels } = observed.metadata;
  const untouched = generation ? [`gen:${generation}`, `rv:${resourceVersion}`] : [`rv:${resourceVersion}`];
  if (labels?.[MANAGED_LABEL] !== 'true' || !untouched.includes(recorded)) return false;
  return metadataDifferences(desired.metadata, observed.metadata, shared).length === 0;
}

/**
 * Whether the observed object has everything that the desired one asks for. Fields on which the desired object is silent
 * are the API server's to fill in, and no difference. Lists and maps (labels, data) are the writer's alone: an element or
 * key too many is one, unless the object is shared. `desired` is the object as it would be written over `observed`, with all that it retains.
 */
export function sameContent(
  desired: DeepReadonly<KubeObject>,
  observed: DeepReadonly<KubeObject>,
  { shared = false }: { shared?: boolean } = {},
): {
  readonly equal: boolean;
  /** JSON pointers to the first 20 fields that differ. */
  readonly differences: string[];
} {
  const differences = [
    ...metadataDifferences(desired.metadata, observed.metadata, shared),
    ...contentDifferences(desired, observed, MOST_DIFFERENCES, { shared }),
  ].slice(0, MOST_DIFFERENCES);
  return { equal: differences.length === 0, differences };
}

/**
 * The fields (JSON pointers) that taking over the object would change, other than the marks of being managed. `desired`
 * as for `sameContent`.
 */
export function diffForAdoption(
  desired: DeepReadonly<KubeObject>,
  observed: DeepReadonly<KubeObject>,
  options: { shared?: boolean } = {},
): string[] {
  return sameContent(unmarked(desired), unmarked(observed), options).differences;
}

function unmarked(object: DeepReadonly<KubeObject>): DeepReadonly<KubeObject> {
  const { [MANAGED_LABEL]: _, ...labels } = object.metadata.labels ?? {};
  const {
    [CREATED_BY_ANNOTATION]: __,
    [TEMPLATE_ANNOTATIONS_ANNOTATION]: ___,
    ...annotations
  } = object.metadata.annotations ?? {};
  return { ...object, metadata: { ...object.metadata, labels, annotations } };
}

/** Labels have to be the desired ones exactly; of annotations only ours count, those we once brought and now lack included. */
function metadataDifferences(
  desired: DeepReadonly<ObjectMeta>,
  observed: DeepReadonly<ObjectMeta>,
  shared: boolean,
): string[] {
  const { labels = {}, annotations = {} } = desired;
  const { labels: presentLabels = {}, annotations: presentAnnotations = {} } = observed;
  const brought = broughtAnnotations(presentAnnotations);
  // The list of what we brought is no reason to write by itself: KubeFed set annotations by overrides, and kept no list.
  const named = Object.keys(annotations).filter((key) => key !== TEMPLATE_ANNOTATIONS_ANNOTATION || brought.length > 0);
  const ours = [...named, ...brought];
  return [
    ...differingKeys(labels, presentLabels, [...Object.keys(labels), ...(shared ? [] : Object.keys(presentLabels))])
      .filter((key) => Object.hasOwn(labels, key) || !SERVER_LABELS.has(key))
      .map((key) => `/metadata/labels/${escapeToken(key)}`),
    ...differingKeys(annotations, presentAnnotations, ours).map((key) => `/metadata/annotations/${escapeToken(key)}`),
  ];
}

function differingKeys(
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
  keys: readonly string[],
): string[] {
  return [...new Set(keys)].filter((key) => a[key] !== b[key]);
}
