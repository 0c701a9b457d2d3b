import type { V1MutatingWebhookConfiguration, V1ValidatingWebhookConfiguration } from '@kubernetes/client-node';
import { type Cell, columnsOf } from '../../columns/column.ts';
import { webhookConfigurationWarnings } from '../../warnings/cluster-warnings.ts';
import { builtInKind } from '../built-in-kind.ts';
import { validateWebhooks, type Webhook } from './webhook-validation.ts';

const GROUP = 'admissionregistration.k8s.io';

const shared = {
  group: GROUP,
  version: 'v1',
  categories: ['api-extensions'],
  namespaced: false,
  hasGeneration: true,
  unconditionalUpdate: false,
  validate: ({ webhooks }: { readonly webhooks?: readonly Webhook[] }) => validateWebhooks(webhooks),
  validateUpdate: ({ webhooks }: { readonly webhooks?: readonly Webhook[] }) => validateWebhooks(webhooks),
  warnings: webhookConfigurationWarnings,
  validatesMetadataAgain: true,
} as const;

const Webhooks: Cell<{ webhooks?: readonly unknown[] }> = ({ webhooks }) => webhooks?.length ?? 0;

export const mutatingWebhookConfigurations = builtInKind<V1MutatingWebhookConfiguration>({
  ...shared,
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  columns: columnsOf(`${GROUP}/v1/MutatingWebhookConfiguration`, { Webhooks }),
  defaults({ webhooks }) {
    for (const webhook of webhooks ?? []) {
      defaultWebhook(webhook);
      webhook.reinvocationPolicy ??= 'Never';
    }
  },
});

export const validatingWebhookConfigurations = builtInKind<V1ValidatingWebhookConfiguration>({
  ...shared,
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  columns: columnsOf(`${GROUP}/v1/ValidatingWebhookConfiguration`, { Webhooks }),
  defaults({ webhooks }) {
    for (const webhook of webhooks ?? []) defaultWebhook(webhook);
  },
});

interface DefaultedWebhook {
  failurePolicy?: string;
  matchPolicy?: string;
  namespaceSelector?: object;
  objectSelector?: object;
  timeoutSeconds?: number;
  rules?: { scope?: string }[];
  clientConfig?: { service?: { port?: number } };
}

function defaultWebhook(webhook: DefaultedWebhook): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= 10;
  for (const rule of webhook.rules ?? []) rule.scope ??= '*';
  if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= 443;
}
