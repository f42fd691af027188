import type { z } from 'zod';

type Schema = z.core.JSONSchema.BaseSchema;

/** A JSON Schema as a reader writes the type. */
export function typeText(schema: Schema): string {
  const { enum: values, anyOf, type, items, properties } = schema;
  if (schema.const !== undefined) return literal(schema.const);
  if (values !== undefined) return values.map(literal).join(' | ');
  if (anyOf !== undefined) return anyOf.map((one) => nested(one)).join(' | ');
  if (type === 'array') return `${items === undefined ? 'unknown' : nested(items)}[]`;
  if (type === 'object' && properties === undefined) return 'map by name';
  if (type === 'object') return `{ ${Object.keys(properties ?? {}).join(', ')} }`;
  if (Array.isArray(type)) return type.join(' | ');
  return schema.format === 'date-time' ? 'ISO time' : String(type);
}

function nested(schema: unknown): string {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return 'unknown';
  return typeText(schema as Schema);
}

function literal(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
