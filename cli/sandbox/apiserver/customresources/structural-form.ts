import { isMap } from '../schema/json-value.ts';
import type { Schema } from '../schema/schema.ts';

/** A schema as a CRD has it. Decoding has seen to the types of its fields. */
export function structuralSchemaOf(sent: unknown): Schema {
  return (isMap(sent) ? sent : {}) as Schema;
}
