import * as z from 'zod';
import type { Criterion, Question, Rule, Task } from '../domain/tasks';
import { bestOfNParamsSchema, dpoParamsSchema, evaluateParamsSchema, generateParamsSchema, ppoParamsSchema, rewardParamsSchema, ruleParamsSchema, sftParamsSchema } from './run';

/**
 * `project.json`: what the people of a project have agreed on. Every field may be left out; unknown ones are kept.
 * Descriptions here are what the editor shows while the file is being written.
 */

/** A regular expression; one that does not compile is refused with the reason. */
const pattern = (): z.ZodType<string> =>
  z.string().min(1).superRefine((source, context) => {
    try {
      RegExp(source, 'giu');
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'not a regular expression' });
    }
  });

const name = z.string().min(1).regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'letters, digits, dots, hyphens and underscores');

const text = z.string().min(1);
const scale = z
  .looseObject({ min: z.int(), max: z.int(), labels: z.record(z.string(), z.string()).exactOptional() })
  .refine((s) => s.max > s.min && s.max - s.min <= 20, { error: 'a scale goes from "min" to a larger "max", with 21 points at most' });

const criterion = z.looseObject({
  id: name.meta({ description: 'The name in labels, e.g. "helpful".' }),
  title: text.exactOptional(),
  description: text.exactOptional().meta({ description: 'The guideline: what labelers are told.' }),
  scale: scale.exactOptional().meta({ description: 'Scores per answer from min to max, with a wording for some of them; 1 to 7 when left out.' }),
});

const question = z
  .looseObject({
    id: name.meta({ description: 'The name in labels.' }),
    text: text.meta({ description: 'The question as labelers read it.' }),
    kind: z.enum(['yes-no', 'choice', 'multiple', 'scale', 'text', 'span']),
    per: z.enum(['prompt', 'answer', 'pair']).exactOptional().meta({ description: 'Asked about the prompt (the default), about each answer, or once about the answers together.' }),
    choices: z.array(text).min(2).max(20).exactOptional().meta({ description: 'Of choice and multiple.' }),
    scale: scale.exactOptional().meta({ description: 'Of scale; 1 to 7 when left out. Word its ends.' }),
    minLength: z.int().min(0).exactOptional().meta({ description: 'Of text: characters at least.' }),
    tags: z.array(text).min(1).max(9).exactOptional().meta({ description: 'Of span: the tags that a marked stretch can have.' }),
    required: z.boolean().exactOptional(),
    when: z
      .looseObject({ question: name, is: z.array(z.union([z.boolean(), z.number(), z.string()])).min(1) })
      .exactOptional()
      .meta({ description: 'Asked only when an earlier question was answered with one of these values.' }),
  })
  .refine((q) => (q.kind !== 'choice' && q.kind !== 'multiple') || q.choices !== undefined, { error: 'a question to choose needs "choices"', path: ['choices'] })
  .refine((q) => q.kind !== 'span' || q.tags !== undefined, { error: 'a question that marks spans needs "tags"', path: ['tags'] })
  .refine((q) => q.kind !== 'span' || q.per === 'answer', { error: 'spans are marked in answers: "per" must be "answer"', path: ['per'] });

const rule = z.looseObject({
  id: name.meta({ description: 'The name in labels, e.g. "no-insult".' }),
  text: text.meta({ description: 'The rule in one sentence, as labelers read it.' }),
  description: text.exactOptional(),
  examples: z.array(z.looseObject({ text: z.string(), violates: z.boolean() })).exactOptional(),
  patterns: z.array(pattern()).exactOptional().meta({ description: 'Regular expressions; an answer that matches one breaks the rule. Used by automatic attacks.' }),
});

const preference = z.looseObject({
  form: z.enum(['ranking', 'best', 'pairwise']).meta({ description: 'Rank any number of answers, name the best one, or compare two.' }),
  strength: z.boolean().exactOptional().meta({ description: 'Pairwise: also ask how much better, in four degrees.' }),
  ties: z.boolean().exactOptional().meta({ description: 'Whether answers may be tied; they may when left out.' }),
  rest: z.enum(['subset', 'top_k']).exactOptional().meta({ description: 'What an answer without a rank means at first: not compared, or worse than every ranked one.' }),
});

const queue = z.looseObject({
  order: z.enum(['in-order', 'random', 'uncertainty', 'information']).exactOptional().meta({ description: 'Which item comes next. "uncertainty" needs a finished run of Score Answers.' }),
  overlap: z.int().min(1).exactOptional().meta({ description: 'So many labelers judge each item; all of them when left out.' }),
  repeats: z.number().min(0).max(0.5).exactOptional().meta({ description: 'Share of items that come again in another order, to see whether a labeler agrees with himself.' }),
  gold: z.number().min(0).max(0.5).exactOptional().meta({ description: 'Share of items from the screening sets, whose answer is known.' }),
  floor: z.number().min(0).max(1).exactOptional().meta({ description: 'Share of the choice that stays uniform; 0.1 when left out.' }),
});

const task = z.looseObject({
  id: name.meta({ description: 'The name in labels.' }),
  title: text.exactOptional(),
  guideline: z.string().exactOptional().meta({ description: 'What stands beside each item. Its hash is kept in every label.' }),
  preference: preference.exactOptional().meta({ description: 'Which answer is better; leave out to ask for no preference.' }),
  criteria: z.array(name).exactOptional().meta({ description: 'Criteria by name. "helpful", "honest" and "harmless" are ready-made.' }),
  criteriaForm: z.enum(['scale', 'preference']).exactOptional().meta({ description: 'A score of each answer by each criterion (the default), or which answer is better by it.' }),
  questions: z.array(name).exactOptional(),
  rules: z.array(name).exactOptional(),
  flags: z.array(text).exactOptional().meta({ description: 'What can be ticked for each answer.' }),
  rationale: z.enum(['optional', 'required']).exactOptional(),
  rationaleMinLength: z.int().min(0).exactOptional(),
  confidence: z.union([z.boolean(), scale]).exactOptional().meta({ description: 'Ask how sure the labeler is; true means 1 to 5.' }),
  sets: z.array(z.string()).exactOptional().meta({ description: 'The sets of answers it is about; all when left out.' }),
  queue: queue.exactOptional(),
}) satisfies z.ZodType<Task>;

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
  tasks: z.array(task).default([]).meta({ description: 'What labelers are asked; a plain ranking when there is none.' }),
  masks: z.array(pattern()).exactOptional().meta({ description: 'What gives away who wrote an answer, as regular expressions: hidden from labelers. Left out: the ready-made list; []: nothing is hidden.' }),
  models: z.record(name, model).default({}).meta({ description: 'Model folders by name.' }),
  labelers: z.array(labeler).default([]).meta({ description: 'Who labels.' }),
  screening: z
    .looseObject({
      required: z.boolean().default(false).meta({ description: 'Only labelers marked as admitted enter training. Otherwise all do that are not marked as refused.' }),
      threshold: z.number().min(0).max(1).default(0.75).meta({ description: 'Agreement with the researchers that admits a labeler.' }),
      rule: z.enum(['rate', 'lower-bound']).default('rate').meta({ description: 'What must reach the threshold: the rate itself, or the lower end of its 95 % interval.' }),
      items: z.int().min(1).exactOptional().meta({ description: 'So many items make a screening; all of the sets when left out.' }),
    })
    .prefault({}),
  split: z
    .looseObject({
      testFraction: z.number().min(0).lt(1).default(0.2).meta({ description: 'Share of prompts held out from training.' }),
      seed: z.int().min(0).default(0),
    })
    .prefault({})
    .meta({ description: 'How prompts are divided into train and test; a prompt\'s own "split" wins.' }),
  evaluation: z
    .looseObject({
      texts: z.string().min(1).exactOptional().meta({ description: 'A file of plain texts (one a line, or JSONL with "text"), relative to the workspace folder: perplexity on it before and after tuning is the alignment tax.' }),
      sft: z.string().min(1).exactOptional().meta({ description: 'Desired answers whose perplexity is measured: "reference" (of the prompts), "chosen" (by labelers), or a JSONL file as SFT takes it.' }),
      choices: z.string().min(1).exactOptional().meta({ description: 'A JSONL file of multiple-choice questions: {"question", "choices", "answer"}, answer being the right choice or its place from 0.' }),
    })
    .exactOptional()
    .meta({ description: 'What models are measured on.' }),
  pretraining: z
    .looseObject({
      texts: z.string().min(1).exactOptional().meta({ description: 'A file of texts for PPO\'s pretraining mix (ptx): one a line, or JSONL as for SFT. Left out: evaluation.texts, of which a part is then held out for measuring.' }),
    })
    .exactOptional()
    .meta({ description: 'What a model should not forget while it is tuned.' }),
  defaults: z
    .looseObject({
      sft: sftParamsSchema.exactOptional(),
      reward: rewardParamsSchema.exactOptional(),
      rule: ruleParamsSchema.partial({ rules: true }).exactOptional(),
      dpo: dpoParamsSchema.exactOptional(),
      ppo: ppoParamsSchema.exactOptional(),
      generate: generateParamsSchema.exactOptional(),
      evaluate: evaluateParamsSchema.exactOptional(),
      bestOfN: bestOfNParamsSchema.exactOptional(),
    })
    .prefault({})
    .meta({ description: 'Parameters of runs where a command gives none.' }),
});

export type Project = z.infer<typeof projectSchema>;
/** As a person writes it, defaults left out. */
export type ProjectInput = z.input<typeof projectSchema>;

// The plain types of the domain and these schemas say the same.
true satisfies Project extends { criteria: readonly Criterion[]; questions: readonly Question[]; rules: readonly Rule[]; tasks: readonly Task[] } ? true : false;
