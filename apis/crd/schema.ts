import type { JsonSchema } from '../apiextensions/v1.ts';

/** Structural schemas, word by word. Every description is what `kubectl explain` prints. */

type Rest = Omit<JsonSchema, 'type' | 'description' | 'properties' | 'items'>;

export function text(description: string, rest: Rest = {}): JsonSchema {
  return { description, type: 'string', ...rest };
}

export function timestamp(description: string): JsonSchema {
  return text(description, { format: 'date-time' });
}

export function flag(description: string): JsonSchema {
  return { description, type: 'boolean' };
}

export function integer(description: string, rest: Rest = {}): JsonSchema {
  return { description, type: 'integer', format: 'int64', ...rest };
}

export function object(
  description: string,
  properties: Record<string, JsonSchema>,
  options: { required?: string[] } = {},
): JsonSchema {
  const { required = [] } = options;
  return { description, type: 'object', properties, ...(required.length > 0 ? { required } : {}) };
}

export function listOf(items: JsonSchema, description: string, rest: Rest = {}): JsonSchema {
  return { description, type: 'array', items, ...rest };
}

export function mapOf(values: JsonSchema, description: string): JsonSchema {
  return { description, type: 'object', additionalProperties: values };
}

/** An object whose fields nobody here knows: they are kept as they come. */
export function anyObject(description: string): JsonSchema {
  return { description, type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
}

/** Any JSON value. */
export function anything(description: string): JsonSchema {
  return { description, 'x-kubernetes-preserve-unknown-fields': true };
}

export function labelSelector(description: string): JsonSchema {
  const requirement = object(
    'One condition on one label.',
    {
      key: text('Key of the label.'),
      operator: text('In, NotIn, Exists or DoesNotExist.'),
      values: listOf({ type: 'string' }, 'For In and NotIn: the values. Empty otherwise.'),
    },
    { required: ['key', 'operator'] },
  );
  return object(description, {
    matchExpressions: listOf(requirement, 'All must hold.'),
    matchLabels: mapOf({ type: 'string' }, 'Labels that must be there with these values.'),
  });
}
