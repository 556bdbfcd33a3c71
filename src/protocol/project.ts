import * as z from 'zod';
import { evaluateParamsSchema, generateParamsSchema, ppoParamsSchema, rewardParamsSchema, sftParamsSchema } from './run';

/**
 * `project.json`: what the people of a project have agreed on. Every field may be left out; unknown ones are kept.
 * Descriptions here are what the editor shows while the file is being written.
 */

const name = z.string().min(1).regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'letters, digits, dots, hyphens and underscores');

const criterion = z.looseObject({
  id: name.meta({ description: 'The name in labels, e.g. "helpful".' }),
  title: z.string().exactOptional(),
  description: z.string().exactOptional().meta({ description: 'What labelers are told.' }),
  scale: z
    .looseObject({ min: z.int(), max: z.int(), labels: z.record(z.string(), z.string()).exactOptional() })
    .exactOptional()
    .meta({ description: 'Scores per answer from min to max, with a wording for some of them.' }),
});

const question = z.looseObject({
  id: name,
  text: z.string(),
  kind: z.enum(['scale', 'choice', 'yes-no', 'span', 'text']),
  per: z.enum(['prompt', 'answer']).exactOptional(),
  choices: z.array(z.string()).exactOptional(),
});

const rule = z.looseObject({
  id: name.meta({ description: 'The name in labels, e.g. "no-insult".' }),
  text: z.string().meta({ description: 'What must not happen, as labelers read it.' }),
  examples: z.array(z.looseObject({ text: z.string(), violates: z.boolean() })).exactOptional(),
});

const model = z.looseObject({
  path: z.string().min(1).meta({ description: 'A Hugging Face folder, relative to the workspace folder or absolute.' }),
  kind: z.enum(['policy', 'reward']).exactOptional().meta({ description: 'What the model is for; a policy when left out.' }),
  description: z.string().exactOptional(),
});

const labeler = z.looseObject({
  id: z.string().min(1),
  name: z.string().exactOptional(),
  admitted: z.boolean().exactOptional().meta({ description: 'Whether this labeler\'s labels enter training.' }),
  weight: z.number().positive().exactOptional().meta({ description: 'Weight of each of the labels in training; 1 when left out.' }),
  simulated: z.boolean().exactOptional().meta({ description: 'True for a program that labels.' }),
});

export const projectSchema = z.looseObject({
  $schema: z.string().exactOptional(),
  v: z.literal(1).default(1),
  name: z.string().exactOptional().meta({ description: 'What the project is called.' }),
  criteria: z.array(criterion).default([]).meta({ description: 'What makes an answer good.' }),
  questions: z.array(question).default([]).meta({ description: 'Questions asked beside the ranking.' }),
  rules: z.array(rule).default([]).meta({ description: 'Rules whose violation is marked per answer.' }),
  models: z.record(name, model).default({}).meta({ description: 'Model folders by name.' }),
  labelers: z.array(labeler).default([]).meta({ description: 'Who labels.' }),
  screening: z
    .looseObject({
      required: z.boolean().default(false).meta({ description: 'Only labelers marked as admitted enter training. Otherwise all do that are not marked as refused.' }),
      threshold: z.number().min(0).max(1).default(0.75).meta({ description: 'Agreement with the researchers that admits a labeler.' }),
    })
    .prefault({}),
  split: z
    .looseObject({
      testFraction: z.number().min(0).lt(1).default(0.2).meta({ description: 'Share of prompts held out from training.' }),
      seed: z.int().min(0).default(0),
    })
    .prefault({})
    .meta({ description: 'How prompts are divided into train and test; a prompt\'s own "split" wins.' }),
  defaults: z
    .looseObject({
      sft: sftParamsSchema.exactOptional(),
      reward: rewardParamsSchema.exactOptional(),
      ppo: ppoParamsSchema.exactOptional(),
      generate: generateParamsSchema.exactOptional(),
      evaluate: evaluateParamsSchema.exactOptional(),
    })
    .prefault({})
    .meta({ description: 'Parameters of runs where a command gives none.' }),
});

export type Project = z.infer<typeof projectSchema>;

/**
 * The labelers whose labels enter training, with their weights. A labeler that the project does not list is admitted
 * unless screening is required.
 */
export function admittedLabelers(project: Project, ids: Iterable<string>): Map<string, number> {
  const listed = new Map(project.labelers.map((l) => [l.id, l]));
  const admitted = new Map<string, number>();
  for (const id of ids) {
    const entry = listed.get(id);
    if (entry?.admitted ?? !project.screening.required) admitted.set(id, entry?.weight ?? 1);
  }
  return admitted;
}
