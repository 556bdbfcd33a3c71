import type { z } from 'zod';
import { jsonSchemaOf, pipelineJson, sweepJson } from './kind-schemas';
import type { Json } from './kind-schemas';
import { pipelineSchema, sweepSchema } from './many-runs';
import { projectSchema } from './project';
import { generationSchema, labelLineSchema, promptSchema, screeningSchema } from './records';
import { runSchema } from './run';

const sources: Readonly<Record<string, { readonly schema: z.ZodType; readonly title: string; /** What the schema cannot say by itself. */ readonly more?: (json: Json) => Json }>> = {
  project: { schema: projectSchema, title: 'Plumbline: project.json' },
  run: { schema: runSchema, title: 'Plumbline: run.json of a run folder' },
  prompt: { schema: promptSchema, title: 'Plumbline: a line of prompts/*.jsonl' },
  generation: { schema: generationSchema, title: 'Plumbline: a line of generations/*.jsonl' },
  screening: { schema: screeningSchema, title: 'Plumbline: a line of screening/*.jsonl' },
  label: { schema: labelLineSchema, title: 'Plumbline: a line of labels/*.jsonl' },
  pipeline: { schema: pipelineSchema, title: 'Plumbline: stages that are run one after the other', more: pipelineJson },
  sweep: { schema: sweepSchema, title: 'Plumbline: one run many times with other parameters', more: sweepJson },
};

/**
 * JSON Schemas by file name, made from the schemas that the code itself checks with. They stand in `media/schemas` for the
 * editor's completion and checks; `node src/dev/schemas.mjs` writes them and a test compares.
 */
export function jsonSchemas(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(sources).map(([name, { schema, title, more }]) => {
      const json = jsonSchemaOf(schema);
      return [`${name}.schema.json`, { ...(more === undefined ? json : more(json)), title }];
    }),
  );
}
