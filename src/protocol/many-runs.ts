import * as z from 'zod';
import { deviceSettings, runKinds } from './run';

/** What a stage of a pipeline, or the runs of a sweep, are told; as tasks.json writes it. */
const fields = {
  /** The kind of run. */
  run: z.enum(runKinds).describe('The kind of run: what is done.'),
  models: z
    .record(z.string(), z.string())
    .default({})
    .describe('Role → model: a name of project.json, a run, a folder; in a pipeline also "@stage" for what a stage before this one has made. Roles left out get the usual model.'),
  params: z.record(z.string(), z.unknown()).default({}).describe("The run's parameters, as in run.json, over the project's defaults."),
  prompts: z
    .strictObject({
      sets: z.array(z.string()).min(1).optional().describe('Names of sets of prompts; all when left out.'),
      split: z.enum(['train', 'test', 'all']).optional(),
      limit: z.int().min(1).optional().describe('At most so many, drawn by the seed.'),
    })
    .optional()
    .describe('Which prompts, for runs that take some.'),
  from: z
    .union([z.literal('chosen'), z.literal('reference'), z.strictObject({ file: z.string().min(1) })])
    .optional()
    .describe('What SFT learns from: the answers that labelers liked best, the reference answers of prompts, or a file.'),
  seed: z.int().min(0).optional(),
  device: z.enum(deviceSettings).optional(),
  name: z.string().min(1).optional(),
};

export const anyRunSchema = z.strictObject(fields);
/** A run as a person asks for it. */
export type AnyRun = z.output<typeof anyRunSchema>;

const stageSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens').describe('What later stages call what this one makes: "@id".'),
  ...fields,
});

/** `*.pipeline.json`: stages that are run one after the other. */
export const pipelineSchema = z.strictObject({
  $schema: z.string().optional(),
  v: z.literal(1),
  name: z.string().min(1).optional(),
  seed: z.int().min(0).default(0).describe('Of every stage that has none of its own.'),
  stages: z.array(stageSchema).min(1).max(50),
});
export type Pipeline = z.output<typeof pipelineSchema>;
export type Stage = Pipeline['stages'][number];

/** `*.sweep.json`: one run many times with other parameters. */
export const sweepSchema = z.strictObject({
  $schema: z.string().optional(),
  v: z.literal(1),
  ...fields,
  grid: z.record(z.string(), z.array(z.json()).min(1)).optional().describe('Dotted parameter → values; every combination is run.'),
  list: z.array(z.record(z.string(), z.json())).min(1).optional().describe('Sets of dotted parameters, each run as it is.'),
  seeds: z.union([z.int().min(1).max(100), z.array(z.int().min(0)).min(1).max(100)]).default(1).describe('So many seeds, counted up from "seed"; or the seeds themselves.'),
  tag: z.string().trim().min(1).max(60).optional().describe('Tag of these runs in the experiment panel.'),
});
export type Sweep = z.output<typeof sweepSchema>;
