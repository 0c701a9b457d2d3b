import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import type { Rendered } from './dispatch/member-write.ts';
import type { FederatedType } from './member-object.ts';
import type { Labels } from './render/overrides.ts';
import { type Base, baseOf, type RenderError, renderFor } from './render/render.ts';
import { leftToMembers } from './retention/applied-fields.ts';
import { declaresContent } from './retention/retention.ts';

/** Renders the objects of one type. What all members have in common is computed once per version of a federated object. */
export class Rendering {
  readonly #type: FederatedType;
  readonly #labelsOf: (cluster: string) => Labels;
  readonly #bases = new WeakMap<object, Base | RenderError>();

  /** @param labelsOf the labels of a cluster, by which overrides may select it */
  constructor(type: FederatedType, labelsOf: (cluster: string) => Labels = () => ({})) {
    this.#type = type;
    this.#labelsOf = labelsOf;
  }

  /** The object as this cluster is to have it, given what it has. */
  desiredFor(
    federated: DeepReadonly<FederatedObject>,
    cluster: string,
    observed: DeepReadonly<KubeObject> | undefined,
  ): Rendered {
    const base = this.#baseOf(federated);
    const rendered = 'error' in base ? base : renderFor(base, cluster, observed, this.#labelsOf(cluster));
    if ('object' in rendered) return rendered;
    return { failure: { status: rendered.status, message: rendered.error, recoverable: false } };
  }

  /** Whether retention needs the content of this object's copies, though its type does without. */
  needsContent(federated: DeepReadonly<FederatedObject>): boolean {
    const base = this.#baseOf(federated);
    return 'retention' in base && declaresContent(base.retention);
  }

  /** Fields that an apply leaves to each member, although an earlier one may have brought them. */
  leftToMembers(federated: DeepReadonly<FederatedObject>): readonly (readonly string[])[] {
    const base = this.#baseOf(federated);
    return 'retention' in base ? leftToMembers(base.retention) : [];
  }

  /** What the template asks for and cannot have. */
  warningsOf(federated: DeepReadonly<FederatedObject>): readonly string[] {
    const base = this.#baseOf(federated);
    return 'error' in base ? [] : base.warnings;
  }

  #baseOf(federated: DeepReadonly<FederatedObject>): Base | RenderError {
    const known = this.#bases.get(federated);
    if (known !== undefined) return known;
    const base = baseOf(federated, this.#type.target, { applies: this.#type.applies });
    this.#bases.set(federated, base);
    return base;
  }
}
