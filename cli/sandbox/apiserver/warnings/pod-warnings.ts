import type { V1PodSpec, V1PodTemplateSpec } from '@kubernetes/client-node';
import type { DeepReadonly, ObjectMeta } from '../../../../apis/meta/v1.ts';
import { goQuote } from '../errors/go-text.ts';
import { isDns1123Label } from '../validation/names.ts';
import { claimSpecWarnings, fractionWarnings } from './amount-warnings.ts';
import { containerWarnings, portWarnings } from './container-warnings.ts';
import { deprecatedNodeLabel, nodeSelectorTermWarnings } from './node-label-warnings.ts';

type Spec = DeepReadonly<V1PodSpec>;
type Meta = DeepReadonly<Pick<ObjectMeta, 'annotations'>>;
type Template = DeepReadonly<V1PodTemplateSpec>;

const NULL_SELECTOR = 'a null labelSelector results in matching no pod';
const SECCOMP = 'seccomp.security.alpha.kubernetes.io/pod';

const DEPRECATED_ANNOTATIONS: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
};

/** In the order in which they are looked for; `ephemeral` says where claims are looked at among them. */
const DEPRECATED_VOLUMES = [
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+', 'storageOS'],
  ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['ephemeral', ''],
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
] as const;

/** What a Pod says that can be said better (`pkg/api/pod/warnings.go`). Changed ones are programs' business: they are not warned. */
export function podWarnings(pod: DeepReadonly<{ metadata: ObjectMeta; spec?: V1PodSpec }>): string[] {
  return [
    ...nameWarnings(pod.metadata.name, "the Pod's hostname"),
    ...specWarnings(pod.spec ?? { containers: [] }, pod.metadata, ''),
  ];
}

/** `path`: of the template. */
export function podTemplateWarnings(template: Template | undefined, path: string): string[] {
  if (template === undefined) return [];
  return specWarnings(template.spec ?? { containers: [] }, template.metadata ?? {}, `${path}.`);
}

/** Of workloads, whose names begin those of their Pods. */
export function workloadNameWarnings(name: string | undefined): string[] {
  return nameWarnings(name, 'Pod names and hostnames');
}

function nameWarnings(name: string | undefined, used: string): string[] {
  const problems = isDns1123Label(name ?? '');
  if (problems.length === 0) return [];
  const why = 'which can result in surprising behavior; a DNS label is recommended';
  return [`metadata.name: this is used in ${used}, ${why}: [${problems.join(' ')}]`];
}

/** `path`: empty, or ends in a dot. */
function specWarnings(spec: Spec, meta: Meta, path: string): string[] {
  const at = `${path}spec`;
  return [
    ...nodeWarnings(spec, at),
    ...spreadWarnings(spec, at),
    ...annotationWarnings(meta, path),
    ...volumeWarnings(spec, at),
    ...duplicates(
      spec.hostAliases?.map(({ ip }) => ip),
      (i) => `${at}.hostAliases[${i}].ip: duplicate ip`,
    ),
    ...duplicates(
      spec.imagePullSecrets?.map(({ name = '' }) => name),
      (i) => `${at}.imagePullSecrets[${i}].name: duplicate name`,
    ),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name }, i) =>
      name ? [] : [`${at}.imagePullSecrets[${i}].name: invalid empty name ""`],
    ),
    ...fractionWarnings(spec.overhead, ['memory', 'ephemeral-storage'], `${at}.overhead`),
    ...seccompWarnings(spec, meta, path),
    ...containerWarnings(spec, meta, path),
    ...portWarnings(spec, at),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [`${at}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...podAffinityWarnings(spec, at),
  ];
}

function nodeWarnings({ nodeSelector, affinity }: Spec, at: string): string[] {
  const node = affinity?.nodeAffinity;
  const [required, preferred] = ['required', 'preferred'].map(
    (how) => `${at}.affinity.nodeAffinity.${how}DuringSchedulingIgnoredDuringExecution`,
  );
  return [
    ...Object.keys(nodeSelector ?? {}).flatMap((key) => {
      const why = deprecatedNodeLabel(key);
      return why === undefined ? [] : [`${at}.nodeSelector[${key}]: ${why}`];
    }),
    ...(node?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []).flatMap((term, i) =>
      nodeSelectorTermWarnings(term, `${required}.nodeSelectorTerms[${i}]`),
    ),
    ...(node?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ preference }, i) =>
      nodeSelectorTermWarnings(preference, `${preferred}[${i}].preference`, true),
    ),
  ];
}

function spreadWarnings({ topologySpreadConstraints }: Spec, at: string): string[] {
  return (topologySpreadConstraints ?? []).flatMap(({ topologyKey, labelSelector }, i) => {
    const field = `${at}.topologySpreadConstraints[${i}]`;
    const why = deprecatedNodeLabel(topologyKey);
    return [
      ...(why === undefined ? [] : [`${field}.topologyKey: ${topologyKey} is ${why}`]),
      ...(labelSelector ? [] : [`${field}.labelSelector: ${NULL_SELECTOR}`]),
    ];
  });
}

function annotationWarnings({ annotations }: Meta, path: string): string[] {
  return Object.entries(DEPRECATED_ANNOTATIONS).flatMap(([key, why]) =>
    annotations?.[key] === undefined ? [] : [`${path}metadata.annotations[${key}]: ${why}`],
  );
}

function volumeWarnings({ volumes }: Spec, at: string): string[] {
  return (volumes ?? []).flatMap((volume, i) =>
    DEPRECATED_VOLUMES.flatMap(([field, why, shown = field]) => {
      if (!volume[field]) return [];
      if (field !== 'ephemeral') return [`${at}.volumes[${i}].${shown}: ${why}`];
      const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
      return claimSpecWarnings(claim, `${at}.volumes[${i}].ephemeral.volumeClaimTemplate.spec`);
    }),
  );
}

function duplicates(values: readonly string[] | undefined, field: (index: number) => string): string[] {
  if (values === undefined || values.length < 2) return [];
  return values.flatMap((value, i) => (values.indexOf(value) < i ? [`${field(i)} ${goQuote(value)}`] : []));
}

function seccompWarnings({ securityContext }: Spec, { annotations }: Meta, path: string): string[] {
  if (securityContext?.seccompProfile || annotations?.[SECCOMP] === undefined) return [];
  return [`${path}metadata.annotations[${SECCOMP}]: non-functional in v1.27+; use the "seccompProfile" field instead`];
}

function podAffinityWarnings({ affinity }: Spec, at: string): string[] {
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap((kind) => {
    const field = `${at}.affinity.${kind}`;
    const {
      requiredDuringSchedulingIgnoredDuringExecution: required,
      preferredDuringSchedulingIgnoredDuringExecution: preferred,
    } = affinity?.[kind] ?? {};
    return [
      ...(required ?? []).flatMap(({ labelSelector }, i) =>
        labelSelector
          ? []
          : [`${field}.requiredDuringSchedulingIgnoredDuringExecution[${i}].labelSelector: ${NULL_SELECTOR}`],
      ),
      ...(preferred ?? []).flatMap(({ podAffinityTerm }, i) =>
        podAffinityTerm?.labelSelector
          ? []
          : [
              `${field}.preferredDuringSchedulingIgnoredDuringExecution[${i}].podAffinityTerm.labelSelector: ${NULL_SELECTOR}`,
            ],
      ),
    ];
  });
}
