import * as z from 'zod';
import type { Attack } from '../domain/red-team/records';

/**
 * `data.jsonl` of a run folder: the frozen examples, one JSON object a line, with the ids of the labels they came
 * from. A trainer reads nothing else of the workspace.
 */

export const messageSchema = z.object({ role: z.string(), content: z.string() });
/** Plain text (wrapped as a user message when the model has a chat template) or messages. */
const prompt = z.union([z.string(), z.array(messageSchema).min(1)]);
const split = z.enum(['train', 'test']).default('train');

/**
 * One prompt with its K responses is one element. `pairs`: response `i` was preferred to `j` with probability `p`
 * (1, or 0.5 for a tie); `weight` sums to the labeler weight over one label's pairs; `label` is the label's id, `strength` how much better (1 to 4) when it was asked,
 * `criterion` by what in a run of criteria, `task` the label's task when it is not `ranking`.
 */
const comparison = z.object({
  promptHash: z.string(),
  prompt,
  responses: z.array(z.string()).min(2),
  pairs: z.array(
    z.object({ i: z.int().min(0), j: z.int().min(0), p: z.number().min(0).max(1), weight: z.number().positive(), labeler: z.string(), label: z.string(), strength: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]).exactOptional(), criterion: z.string().exactOptional(), task: z.string().exactOptional() }),
  ).min(1),
  split,
});

export const exampleSchemas = {
  /** Prompt and desired answer, or plain text to be learned whole. */
  sft: z.union([
    z.object({ prompt, completion: z.string(), split, labels: z.array(z.string()).optional() }),
    z.object({ text: z.string(), split }),
  ]),
  reward: comparison,
  dpo: comparison,
  /** One answer with what labelers say of each rule: `broken`, `kept`, or `na`, the rule does not apply. `weight` is the labeler's, `label` the label's id. */
  rule: z.object({
    promptHash: z.string(),
    prompt,
    response: z.string(),
    marks: z.array(z.object({ rule: z.string().min(1), mark: z.enum(['broken', 'kept', 'na']), weight: z.number().positive(), labeler: z.string(), label: z.string() })).min(1),
    split,
  }),
  /**
   * `test` prompts are for evaluation only; so are plain texts, whose perplexity is measured (`tax`). Texts, or prompts with a completion, of use
   * `ptx` make the pretraining mix. A programmed reward is shown `reference` and `tags`.
   */
  ppo: z.union([
    z.object({ prompt, completion: z.string(), use: z.literal('ptx') }),
    z.object({ prompt, split, reference: z.string().exactOptional(), tags: z.array(z.string()).exactOptional() }),
    z.object({ text: z.string(), use: z.enum(['tax', 'ptx']).default('tax') }),
  ]),
  generate: z.object({ id: z.string(), prompt, promptHash: z.string() }),
  /** Prompts to answer; plain text and desired answers whose perplexity is measured; multiple-choice questions, `answer` is the place of the right choice. */
  evaluate: z.union([
    z.object({ question: z.string(), choices: z.array(z.string()).min(2), answer: z.int().min(0), task: z.string().optional() }).refine((q) => q.answer < q.choices.length, { error: 'answer is the place of a choice, from 0' }),
    z.object({ prompt, completion: z.string() }),
    z.object({ prompt, promptHash: z.string().optional() }),
    z.object({ text: z.string() }),
  ]),
  /** Prompts to train on, with the answers that an earlier run has drawn and scored where there is one; those that are held out; and plain texts whose perplexity is measured. */
  bestOfN: z.union([
    z.object({ prompt, promptHash: z.string(), split, drawn: z.array(z.object({ ids: z.array(z.int().min(0)), finished: z.boolean(), reward: z.number() })).optional() }),
    z.object({ text: z.string() }),
  ]),
  /** Answers to be scored, by prompt. */
  score: z.object({ promptHash: z.string(), prompt, responses: z.array(z.object({ hash: z.string(), text: z.string() })).min(1) }),
  /** Attacks in their order; `src/domain/red-team/records.ts` says what the fields mean. */
  attack: z.object({
    seed: z.string(),
    category: z.string().optional(),
    safe: z.boolean(),
    mutation: z.string(),
    tactic: z.string(),
    turns: z.array(z.string()).min(1),
    check: z.string().optional(),
    sample: z.int().min(0),
  }) satisfies z.ZodType<Attack>,
};

export type Example<K extends keyof typeof exampleSchemas> = z.infer<(typeof exampleSchemas)[K]>;
export type ExamplePrompt = z.infer<typeof prompt>;
