import { judge } from './judge';
import { trueQuality } from './labelers';

/** Knows what is true in the sample's small world; fits `WorldJudge` of the report. */
export interface ProjectJudge {
  readonly name: string;
  readonly good: (prompt: string, answer: string) => boolean;
  readonly quality: (prompt: string, answer: string) => number;
}

/** The judge that a project names in `evaluation.judge`: only the sample's small world has one. */
export function judgeOf(project: Readonly<Record<string, unknown>>): ProjectJudge | undefined {
  const evaluation = project['evaluation'];
  const name = typeof evaluation === 'object' && evaluation !== null ? (evaluation as Record<string, unknown>)['judge'] : undefined;
  if (name !== 'tiny-assistant') return undefined;
  return { name: 'the sample\'s own judge (a program)', good: (prompt, answer) => judge(prompt, answer).good, quality: trueQuality };
}
