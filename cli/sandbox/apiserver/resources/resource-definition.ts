import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import type { FieldError } from '../errors/status-error.ts';
import type { Schema } from '../schema/schema.ts';
import type { Storage } from '../storage/storage.ts';
import type { UserInfo } from '../user/user-info.ts';
import type { Authorizer } from './authorizer.ts';
import type { TokenAuthenticator, TokenIssuer } from './token-authentication.ts';

export type Verb = 'create' | 'get' | 'list' | 'watch' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** One version of one kind that the server serves: all that the endpoints need to know of it. Built-in or custom alike. */
export interface ResourceDefinition {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  /** `deployments.apps`: where its objects are kept. All versions of a kind share it; events.k8s.io and core Events too. */
  readonly storageKey: string;
  /** The apiVersion in which objects are kept; other versions differ in apiVersion alone (conversion `None`). */
  readonly storageApiVersion: string;
  /** Of the whole object, with apiVersion, kind and metadata. `undefined`: a custom resource that preserves everything. */
  readonly schema: Schema | undefined;
  /** Built-in kinds are decoded into Go types (400 on a wrong type), custom ones validated by their schema (422). */
  readonly custom: boolean;
  readonly strategy: Strategy;
  /** Such as `status`, `scale`, `token`, `eviction`, `finalize`, `binding`. */
  readonly subresources: Readonly<Record<string, Subresource>>;
  /**
   * For kinds that are answered and never stored (TokenReview, SubjectAccessReview and their kin; their only verb is
   * create): the answer to what was sent, decoded and defaulted. The code is 201.
   */
  readonly answer?: (object: DeepReadonly<KubeObject>, namespace: string, context: WriteContext) => KubeObject;
  /** Fields that a field selector may name, beside metadata.name and metadata.namespace. */
  readonly selectableFields: Readonly<Record<string, (object: DeepReadonly<KubeObject>) => string>>;
  /** For versions of a kind that differ in more than apiVersion (the two kinds of Event). Neither changes its input. */
  readonly conversion?: {
    readonly toStored: (object: DeepReadonly<KubeObject>) => KubeObject;
    readonly fromStored: (stored: DeepReadonly<KubeObject>) => KubeObject;
  };
  /** Annotations that are fields inside Kubernetes: who is shown metadata alone, in a table or by itself, does not see them. */
  readonly fieldAnnotations?: readonly string[];
  /** What `kubectl get` prints, after Kubernetes' own printers. */
  readonly columns: readonly Column[];
  /** Why this version should not be used any more: a warning with every answer. */
  readonly deprecation?: string;
}

/** Status and other views of the same stored object, or verbs of their own such as `serviceaccounts/token`. */
export type Subresource =
  /** Reads and writes the object, but only the part that `merge` lets through. */
  | {
      readonly kind: 'view';
      readonly verbs: readonly Verb[];
      /** The object as it is to be stored: `stored` with what this subresource may change taken from `sent`. */
      readonly merge: (stored: DeepReadonly<KubeObject>, sent: DeepReadonly<KubeObject>) => KubeObject;
      /** What is wrong with what this subresource writes. Default: what the kind's strategy finds wrong with an update. */
      readonly validateUpdate?: (
        object: DeepReadonly<KubeObject>,
        stored: DeepReadonly<KubeObject>,
        context: WriteContext,
      ) => readonly FieldError[];
      /** As `warnings` of the strategy, of what this subresource writes. */
      readonly warnings?: (object: DeepReadonly<KubeObject>) => readonly string[];
    }
  /** Speaks a kind of its own. */
  | {
      readonly kind: 'action';
      readonly verbs: readonly Verb[];
      /** What it writes to its object is not held to the kind's rules for updates by clients: a binding sets `spec.nodeName`. */
      readonly writesFreely?: boolean;
      /** The kind it speaks, for discovery: `Scale` of `autoscaling/v1`, `TokenRequest` of `authentication.k8s.io/v1`. */
      readonly responseKind: { readonly group: string; readonly version: string; readonly kind: string };
      /** Other apiVersions in which its kind may be sent. */
      readonly accepts?: readonly string[];
      /** Of its answer as a table. Without: nobody makes a table of it. */
      readonly columns?: readonly Column[];
      /** A connection: what comes after its headers is none of the server's business. */
      readonly connects?: boolean;
      handle(request: ActionRequest, context: WriteContext): Promise<ActionAnswer> | ActionAnswer;
    };

export interface ActionRequest {
  readonly verb: Verb;
  readonly definition: ResourceDefinition;
  readonly namespace: string;
  readonly name: string;
  /** Decoded as the subresource's own kind; `undefined` for a get and a patch. */
  readonly body: unknown;
  /** For `patch`. */
  readonly patchType?: string;
  /** For `patch`: what becomes of what there is, checked as if it had been sent. @throws {StatusError} */
  readonly patched?: (current: DeepReadonly<KubeObject>) => KubeObject;
  readonly query: URLSearchParams;
  /** Whom managedFields name, where the answer bears them. */
  readonly fieldManager?: string;
}

export interface ActionAnswer {
  readonly code: number;
  readonly body: unknown;
  readonly warnings?: readonly string[];
}

/** What defaulting, preparation and validation may look at. Everything in it is of one cluster. */
export interface WriteContext {
  readonly user: UserInfo;
  readonly now: Date;
  readonly dryRun: boolean;
  readonly storage: Storage;
  readonly cluster: ClusterServices;
}

/** What belongs to one embedded cluster beside its objects. */
export interface ClusterServices {
  readonly name: string;
  /** Pure look-up over the ServiceCIDRs and Services that exist: a free address, or the field's error. */
  readonly serviceCidr: string;
  readonly podCidr: string;
  /** Where it listens: `https://127.0.0.1:PORT`. */
  readonly url: string;
  readonly caPem: string;
  /** Every definition that is served now. */
  definitions(): Iterable<ResourceDefinition>;
  definition(group: string, version: string, plural: string): ResourceDefinition | undefined;
  /** The preferred version's. */
  definitionOfKind(group: string, kind: string): ResourceDefinition | undefined;
  readonly authorizer: Authorizer;
  readonly authenticator: TokenAuthenticator;
  readonly tokenIssuer: TokenIssuer;
  /** Writes as the server itself: no authentication or authorization, but strategies, finalizers and events. */
  readonly registry: Registry;
}

/** The generic registry: every write goes through it, from requests and from the server's own controllers. */
export interface Registry {
  create(definition: ResourceDefinition, object: KubeObject, options: RegistryOptions): DeepReadonly<KubeObject>;
  /** `change` gets a deep copy; a resourceVersion in what it returns must be the stored one. Retried by the caller on conflict. */
  update(
    definition: ResourceDefinition,
    ref: { readonly namespace: string; readonly name: string },
    change: (stored: KubeObject) => KubeObject,
    options: RegistryOptions & { readonly subresource?: string },
  ): DeepReadonly<KubeObject>;
  /** Sets deletionTimestamp while finalizers are left, else removes. `undefined`: it was gone. */
  delete(
    definition: ResourceDefinition,
    ref: { readonly namespace: string; readonly name: string },
    options: RegistryOptions & {
      readonly uid?: string;
      readonly resourceVersion?: string;
      readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
      readonly gracePeriodSeconds?: number;
    },
  ): DeepReadonly<KubeObject> | undefined;
}

export interface RegistryOptions {
  readonly user: UserInfo;
  /** In managedFields; defaults to none kept, as for the server's own controllers. */
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
  /** Default: now, by the server's clock. */
  readonly now?: Date;
}

/** What is particular to a kind (Kubernetes: `rest.RESTCreateStrategy` and friends). Objects are the caller's to change. */
export interface Strategy {
  /** Fills in what was left out, in place. Runs on create, update and apply, before anything looks. */
  setDefaults?(object: KubeObject): void;
  /** What becomes of it when it is stored and read again, in place. Runs once it is known who owns which field, before anything else looks. */
  prepareForStorage?(object: KubeObject): void;
  /** Clears what a client may not set (status), sets what the server knows (IPs). In place. */
  prepareForCreate?(object: KubeObject, context: WriteContext): void;
  /** In place. Says by `true` in `specChanged` terms nothing: generation is bumped by the registry when anything outside metadata and status changed and `hasGeneration`. */
  prepareForUpdate?(object: KubeObject, stored: DeepReadonly<KubeObject>, context: WriteContext): void;
  validate?(object: DeepReadonly<KubeObject>, context: WriteContext): readonly FieldError[];
  validateUpdate?(
    object: DeepReadonly<KubeObject>,
    stored: DeepReadonly<KubeObject>,
    context: WriteContext,
  ): readonly FieldError[];
  /** Sent with the answer to a write that is valid, a `Warning` header each, even if it is refused after all. */
  warnings?(object: DeepReadonly<KubeObject>, stored: DeepReadonly<KubeObject> | undefined): readonly string[];
  /** Refuses by a StatusError (403 of RBAC escalation, 409 of a terminating namespace). */
  admit?(object: DeepReadonly<KubeObject>, stored: DeepReadonly<KubeObject> | undefined, context: WriteContext): void;
  readonly hasGeneration: boolean;
  /** What else than spec and the like counts as a new generation: a Deployment's annotations, an EndpointSlice's labels. */
  readonly bumpsGeneration?: (object: DeepReadonly<KubeObject>, stored: DeepReadonly<KubeObject>) => boolean;
  /** Names may be e.g. `system:node`: RBAC's path segment names instead of DNS-1123 subdomains. */
  readonly validateName?: (name: string, generated: boolean) => string[];
  /** PUT of an object that is not there creates it: Leases, ConfigMaps do not, Endpoints and RBAC kinds do. */
  readonly createOnUpdate?: boolean;
  /** PUT without resourceVersion overwrites. False for a few kinds only (custom resources, CRDs). */
  readonly unconditionalUpdate: boolean;
  /** What deletion of the owner does unless the request says otherwise. */
  readonly defaultPropagation?: 'Orphan' | 'Background';
  /** Sent with the answer to a deletion that does not say what becomes of dependents. */
  readonly defaultPropagationWarning?: string;
  /** What keeps an object that is being deleted, beside its finalizers: a Namespace's `spec.finalizers`. */
  readonly isHeld?: (object: DeepReadonly<KubeObject>) => boolean;
  /** When deletion begins and the object stays for now, in place: a Namespace becomes Terminating. */
  prepareForDelete?(object: KubeObject, context: WriteContext): void;
  /** The answer to a completed deletion is the object and not a Status: Pods, Services, ServiceAccounts, volumes. */
  readonly returnsDeletedObject?: boolean;
  /** Pods: seconds between the request and the end. */
  readonly gracePeriodSeconds?: (object: DeepReadonly<KubeObject>) => number;
}

/** A column of a Table. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description: string;
  /** 0: always shown; 1: with `-o wide`. */
  readonly priority: number;
  readonly cell: (object: DeepReadonly<KubeObject>, now: Date) => string | number | boolean | null;
}
