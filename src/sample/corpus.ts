import type { Rng } from '../base/rng';
import { compose, drawManner } from './answers';
import { plainTexts } from './plain';
import { phrasings } from './prompts';
import type { Request } from './world/request';
import { requests } from './world/world';

export interface SamplePrompt {
  readonly id: string;
  readonly prompt: string;
  readonly request: Request;
  readonly split: 'train' | 'test';
}

/** Prompts of the sample workspace: per request, phrasings for training and others that are held out. */
export function workspacePrompts(rng: Rng, perRequest: { readonly train: number; readonly test: number }): SamplePrompt[] {
  return requests.flatMap((request) =>
    rng
      .shuffle(phrasings(request))
      .slice(0, perRequest.train + perRequest.test)
      .map((prompt, i): SamplePrompt => {
        const test = i >= perRequest.train;
        const number = String(test ? i - perRequest.train + 1 : i + 1).padStart(2, '0');
        return { id: `${request.id}-${test ? 'test-' : ''}${number}`, prompt, request, split: test ? 'test' : 'train' };
      }),
  );
}

/** What the model is trained on: answered prompts in all manners, and plain text. The shape of an SFT run's `data.jsonl`. */
export type TrainingExample =
  | { readonly prompt: string; readonly completion: string; readonly split: 'train' | 'test' }
  | { readonly text: string; readonly split: 'train' | 'test' };

export interface CorpusSize {
  readonly answered: number;
  readonly plain: number;
  /** Of each of the two, how many more are held out. */
  readonly heldOut: number;
}

/**
 * The training text. No prompt of it is among `reserved` (the workspace's held-out prompts), and no held-out text of it
 * is among the training ones.
 */
export function trainingCorpus(rng: Rng, size: CorpusSize, reserved: ReadonlySet<string>): TrainingExample[] {
  const asked = new Map(requests.map((r) => [r.id, phrasings(r).filter((p) => !reserved.has(p))]));
  const seen = new Set<string>();
  const answered = (split: 'train' | 'test'): TrainingExample => {
    for (;;) {
      const request = rng.pick(requests);
      const prompt = rng.pick(asked.get(request.id)!);
      const completion = compose(request, drawManner(rng), rng);
      const key = `${prompt}\n${completion}`;
      if (seen.has(key)) continue;
      seen.add(key);
      return { prompt, completion, split };
    }
  };
  const plain = plainTexts(size.plain + size.heldOut, rng);
  const examples: TrainingExample[] = [
    ...Array.from({ length: size.answered }, () => answered('train')),
    ...plain.slice(0, size.plain).map((text) => ({ text, split: 'train' as const })),
  ];
  return [
    ...rng.shuffle(examples),
    ...Array.from({ length: size.heldOut }, () => answered('test')),
    ...plain.slice(size.plain).map((text) => ({ text, split: 'test' as const })),
  ];
}
