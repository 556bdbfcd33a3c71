import type { WorldJudge } from '../jobs/report-measure';
import { judge } from '../sample/judge';
import { trueQuality } from '../sample/labelers';

/** The judge that a project names in `evaluation.judge`: only the sample's small world has one. */
export function judgeOf(project: Readonly<Record<string, unknown>>): WorldJudge | undefined {
  const evaluation = project['evaluation'];
  const name = typeof evaluation === 'object' && evaluation !== null ? (evaluation as Record<string, unknown>)['judge'] : undefined;
  if (name !== 'tiny-assistant') return undefined;
  return {
    name: 'the sample\'s own judge (a program)',
    good: (prompt, answer) => judge(prompt, answer).good,
    quality: trueQuality,
  };
}
