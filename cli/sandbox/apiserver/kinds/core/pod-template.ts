import type { V1PodTemplate } from '@kubernetes/client-node';
import { containerImages, containerNames, formatLabels } from '../../columns/cells.ts';
import { columnsOf } from '../../columns/column.ts';
import { ownTemplateWarnings } from '../../warnings/workload-warnings.ts';
import { builtInKind } from '../built-in-kind.ts';
import { defaultPodSpec } from '../pods/pod-spec-defaults.ts';
import { validatePodTemplate } from '../pods/pod-template.ts';

export const podTemplates = builtInKind<V1PodTemplate>({
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  namespaced: true,
  hasGeneration: true,
  returnsDeletedObject: true,
  columns: columnsOf<V1PodTemplate>('v1/PodTemplate', {
    Containers: ({ template }) => containerNames(template?.spec?.containers),
    Images: ({ template }) => containerImages(template?.spec?.containers),
    'Pod Labels': ({ template }) => formatLabels(template?.metadata?.labels),
  }),
  defaults({ template }) {
    if (template?.spec) defaultPodSpec(template.spec);
  },
  validate: ({ template }) => validatePodTemplate(template ?? {}, 'template'),
  validateUpdate: ({ template }) => validatePodTemplate(template ?? {}, 'template'),
  warnings: ownTemplateWarnings,
});
