import * as z from 'zod';
import { runSchema } from './run';

/** A JSON Schema, or a part of one. */
export type Json = { readonly [key: string]: unknown };

/** `input`: what a person writes, where fields with a default may be left out. Draft 7 is what VS Code knows best. */
export function jsonSchemaOf(schema: z.ZodType): Json {
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const nameOf = (kind: string): string => `${kind}Params`;

/** Kind of run → the schema of its parameters; a name that there is not is an error: planning refuses it, too. */
function paramsByKind(): readonly (readonly [kind: string, schema: Json])[] {
  return runSchema.options.map((option) => {
    const rest = Object.fromEntries(Object.entries(jsonSchemaOf(option.shape.params)).filter(([key]) => key !== '$schema'));
    return [option.shape.kind.value, closed(rest) as Json] as const;
  });
}

/** No other properties than those that are named, at any depth. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (!isObject(schema)) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, key === 'default' || key === 'enum' || key === 'const' ? value : closed(value)]));
  return isObject(schema['properties']) && schema['additionalProperties'] === undefined ? { ...inner, additionalProperties: false } : inner;
}

/** Dotted name → schema of each parameter, groups of parameters included. */
function dotted(schema: Json, prefix = ''): [string, Json][] {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  return Object.entries(properties).flatMap(([key, value]): [string, Json][] => (isObject(value) ? [[prefix + key, value], ...dotted(value, `${prefix}${key}.`)] : []));
}

/** What holds of an object with `run` and `params`, by what `run` says. */
function rules(then: (kind: string, params: Json) => Json): Json[] {
  return paramsByKind().map(([kind, params]) => ({ if: { properties: { run: { const: kind } }, required: ['run'] }, then: { properties: then(kind, params) } }));
}

const reference = (kind: string): Json => ({ $ref: `#/definitions/${nameOf(kind)}` });
const definitions = (): Json => Object.fromEntries(paramsByKind().map(([kind, schema]) => [nameOf(kind), schema]));

/** The schema of pipelines, with the parameters of each stage by its kind. */
export function pipelineJson(schema: Json): Json {
  const properties = schema['properties'] as Json;
  const stages = properties['stages'] as Json;
  return { ...schema, properties: { ...properties, stages: { ...stages, items: { ...(stages['items'] as Json), allOf: rules((kind) => ({ params: reference(kind) })) } } }, definitions: definitions() };
}

/** The schema of sweeps, with the parameters of their runs by kind, as objects and, in `grid` and `list`, by dotted names. */
export function sweepJson(schema: Json): Json {
  const named = (params: Json, put: (value: Json) => Json): Json => ({ properties: Object.fromEntries(dotted(params).map(([name, value]) => [name, put(value)])), additionalProperties: false });
  return {
    ...schema,
    allOf: rules((kind, params) => ({ params: reference(kind), grid: named(params, (items) => ({ items })), list: { items: named(params, (value) => value) } })),
    definitions: definitions(),
  };
}
