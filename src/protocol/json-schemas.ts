import * as z from 'zod';
import { pipelineSchema, sweepSchema } from './many-runs';
import { projectSchema } from './project';
import { generationSchema, labelLineSchema, promptSchema, screeningSchema } from './records';
import { runSchema } from './run';

const sources = {
  project: { schema: projectSchema, title: 'Plumbline: project.json' },
  run: { schema: runSchema, title: 'Plumbline: run.json of a run folder' },
  prompt: { schema: promptSchema, title: 'Plumbline: a line of prompts/*.jsonl' },
  generation: { schema: generationSchema, title: 'Plumbline: a line of generations/*.jsonl' },
  screening: { schema: screeningSchema, title: 'Plumbline: a line of screening/*.jsonl' },
  label: { schema: labelLineSchema, title: 'Plumbline: a line of labels/*.jsonl' },
  pipeline: { schema: pipelineSchema, title: 'Plumbline: stages that are run one after the other' },
  sweep: { schema: sweepSchema, title: 'Plumbline: one run many times with other parameters' },
};

/**
 * JSON Schemas by file name, made from the schemas that the code itself checks with. They stand in `media/schemas` for the
 * editor's completion and checks; `node src/dev/schemas.mjs` writes them and a test compares.
 */
export function jsonSchemas(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(sources).map(([name, { schema, title }]) => {
      // `input`: what a person writes, where fields with a default may be left out. Draft 7 is what VS Code knows best.
      const json = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
      return [`${name}.schema.json`, { ...json, title }];
    }),
  );
}
