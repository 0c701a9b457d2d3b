/**
 * An OpenAPI v3 schema as Kubernetes publishes and CRDs write it. One shape for built-in kinds and custom resources, so that
 * validation, pruning, defaulting, patches, field ownership and `kubectl explain` have one engine. References are resolved
 * when schemas are loaded: a `Schema` may contain itself (JSONSchemaProps does).
 */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly description?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly nullable?: boolean;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly not?: Schema;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-patch-strategy'?: string;
  readonly 'x-kubernetes-patch-merge-key'?: string;
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message?: string }[];
  /** The name under which it is published, such as `io.k8s.api.apps.v1.Deployment`; built-in kinds only. */
  readonly name?: string;
  /** How Go has the field that this schema stands for; fields of built-in types only. */
  readonly go?: GoField;
}

/** A field of a Go struct: what an answer leaves out and how decoding complains depend on it. */
export interface GoField {
  /** As Go's reflection prints it: `*int32`, `[]v1.Container`, `map[string]string`, `v1.Protocol`. */
  readonly type: string;
  /** What a named type is underneath: `string` for `v1.Protocol`. */
  readonly kind: string;
  /** The embedded struct that has it, with a dot: `VolumeSource.`; else empty. */
  readonly embedded: string;
  /** Left out when it is nil, false, 0, "" or has no entries; structs never are. */
  readonly omitEmpty: boolean;
  /** Left out when it is its type's zero value, structs too. */
  readonly omitZero: boolean;
}
