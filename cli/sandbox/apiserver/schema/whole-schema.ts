import { builtInType } from './built-in.ts';
import type { Schema } from './schema.ts';

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const TYPE_META: Readonly<Record<string, Schema>> = Object.freeze({
  apiVersion: Object.freeze({ type: 'string' }),
  kind: Object.freeze({ type: 'string' }),
});

/**
 * A custom resource's schema with what Kubernetes adds to it: apiVersion, kind and metadata, at the root and in embedded
 * resources. Pruning, patches and field ownership go by it; validation and defaulting go by what the CRD says.
 */
export function wholeSchema(schema: Schema): Schema {
  return withMeta(within(schema));
}

function withMeta(schema: Schema): Schema {
  const metadata = builtInType(OBJECT_META);
  const own = schema.properties ?? {};
  const meta = { ...TYPE_META, ...(metadata === undefined ? {} : { metadata }) };
  const described = Object.entries(meta).map(([name, type]): [string, Schema] => {
    const description = own[name]?.description;
    return [name, description === undefined ? type : { ...type, description }];
  });
  return { ...schema, type: 'object', properties: { ...own, ...Object.fromEntries(described) } };
}

function within(schema: Schema): Schema {
  const { properties, items, additionalProperties } = schema;
  const inner: Schema = {
    ...schema,
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, below(property)])),
        }),
    ...(items === undefined ? {} : { items: below(items) }),
    ...(typeof additionalProperties === 'object' ? { additionalProperties: below(additionalProperties) } : {}),
  };
  return inner;
}

function below(schema: Schema): Schema {
  const inner = within(schema);
  return schema['x-kubernetes-embedded-resource'] === true ? withMeta(inner) : inner;
}
