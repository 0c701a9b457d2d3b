import type { V1IngressClass } from '@kubernetes/client-node';
import type { KubeObject } from '../../../../../apis/meta/v1.ts';
import { type Cell, columnsOf, nameOrDefault } from '../../columns/column.ts';
import { builtInKind, type Typed } from '../built-in-kind.ts';
import { validateIngressClass, validateIngressClassUpdate } from './ingress-validation.ts';

export const ingressClasses = builtInKind<V1IngressClass>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  namespaced: false,
  hasGeneration: true,
  validatesMetadataAgain: true,
  columns: columnsOf<Typed<V1IngressClass>>('networking.k8s.io/v1/IngressClass', {
    Name: nameOrDefault('ingressclass.kubernetes.io/is-default-class') as Cell<KubeObject> as Cell<
      Typed<V1IngressClass>
    >,
    Controller: ({ spec }) => spec?.controller ?? '',
    Parameters: ({ spec }) => {
      if (!spec?.parameters) return '<none>';
      const { apiGroup, kind, name } = spec.parameters;
      return `${apiGroup === undefined ? kind : `${kind}.${apiGroup}`}/${name}`;
    },
  }),
  defaults({ spec }) {
    if (spec?.parameters) spec.parameters.scope ??= 'Cluster';
  },
  validate: validateIngressClass,
  validateUpdate: validateIngressClassUpdate,
});
