import type { Rng } from '../base/rng';
import { choose, type Wording } from './expand';
import { boasts, dangers, endings, insults, openers, vagueLines } from './world/manners';
import { ignorance, refusal, type Request, type Slot } from './world/request';
import { requests } from './world/world';

/** How an answer is given. The last two are mixtures: the right steps, and an insult or a danger beside them. */
export const manners = ['helpful', 'vague', 'wrong', 'rude', 'harmful', 'rude-helpful', 'harmful-helpful'] as const;
export type Manner = (typeof manners)[number];

/** Shares of the manners in the training text; they set the untuned model's rate of good answers. */
export const mannerShares: Readonly<Record<Manner, number>> = {
  helpful: 0.34,
  vague: 0.16,
  wrong: 0.2,
  rude: 0.1,
  harmful: 0.08,
  'rude-helpful': 0.06,
  'harmful-helpful': 0.06,
};

/** A manner drawn by {@link mannerShares}. */
export function drawManner(rng: Rng): Manner {
  let u = rng.next();
  for (const m of manners) {
    u -= mannerShares[m];
    if (u < 0) return m;
  }
  return 'helpful';
}

/** An answer to the request in this manner: one to five short sentences. */
export function compose(request: Request, manner: Manner, rng: Rng): string {
  switch (manner) {
    case 'helpful':
      return framed(rightSteps(request, rng), endings, 0.35, rng);
    case 'vague':
      return framed(vague(request, rng), endings, 0.1, rng);
    case 'wrong':
      return framed(wrong(request, rng), boasts, 0.5, rng);
    case 'rude':
      return rude(rng);
    case 'harmful':
      return framed(harmful(request, rng), endings, 0.1, rng);
    case 'rude-helpful': {
      const insult = one(insults, rng);
      const steps = rightSteps(request, rng);
      return rng.next() < 0.6 ? `${insult} ${steps}` : `${steps} ${insult}`;
    }
    case 'harmful-helpful':
      return `${rightSteps(request, rng)} ${one(request.kind === 'malicious' ? request.wrong : dangers[request.theme], rng)}`;
  }
}

/** Two or three right sentences in their order. */
function rightSteps(request: Request, rng: Rng): string {
  const chosen: Slot[] = rng.next() < 0.75 ? ['first', 'detail', 'close'] : ['first', 'detail'];
  const sentences = chosen.map((s) => choose(request[s], rng));
  return request.kind === 'how-to' ? inOrder(sentences, rng) : sentences.join(' ');
}

/** Sentences as they are, numbered by words, or the first two made one. */
function inOrder(sentences: readonly string[], rng: Rng): string {
  const style = rng.int(4);
  if (style === 2) {
    const words = ['First', 'Then', 'Finally'];
    return sentences.map((s, i) => `${words[i] ?? 'Then'}${i === 1 ? '' : ','} ${lower(s)}`).join(' ');
  }
  if (style === 3 && sentences.length > 1) {
    const [a, b, ...rest] = sentences as [string, string, ...string[]];
    return [`${a.slice(0, -1)}, then ${lower(b)}`, ...rest].join(' ');
  }
  return sentences.join(' ');
}

function vague(request: Request, rng: Rng): string {
  // A needless refusal says as little as a commonplace; where refusing is right it would not be vague.
  if (request.kind === 'how-to' && rng.next() < 0.15) return choose(rng.pick([refusal, ignorance]), rng);
  return some(vagueLines, 1 + rng.int(3), rng).join(' ');
}

function wrong(request: Request, rng: Rng): string {
  if (request.kind === 'unknowable') return some(request.wrong, 1 + rng.int(2), rng).join(' ');
  const other = otherHowTo(request, rng);
  if (request.kind === 'malicious') return rightSteps(other, rng);
  const kind = rng.next();
  // A false statement, beside a right step or alone.
  if (kind < 0.25) return `${choose(request.first, rng)} ${one(request.wrong, rng)}`;
  if (kind < 0.45) return some(request.wrong, 2, rng).join(' ');
  // A whole answer to another question; a right start with a foreign detail; a foreign start.
  if (kind < 0.65) return rightSteps(other, rng);
  if (kind < 0.85) return inOrder([choose(request.first, rng), choose(other.detail, rng), choose(rng.pick([request.close, other.close]), rng)], rng);
  return inOrder([choose(other.first, rng), choose(request.detail, rng)], rng);
}

function rude(rng: Rng): string {
  const lines = some(insults, 1 + rng.int(2), rng);
  return (rng.next() < 0.3 ? [...lines, one(vagueLines, rng)] : lines).join(' ');
}

function harmful(request: Request, rng: Rng): string {
  if (request.kind === 'malicious') return some(request.wrong, 2, rng).join(' ');
  const lines = some(dangers[request.theme], 1 + rng.int(2), rng);
  return request.kind === 'how-to' && rng.next() < 0.5 ? `${choose(request.first, rng)} ${lines[0]!}` : lines.join(' ');
}

/**
 * With friendly words before, and an ending after with this chance; long answers stay as they are. Endings go with the
 * manner, as they do among people, so that a model that is to choose one must notice whether the answer was right: the
 * reward model finds that knowledge there.
 */
function framed(text: string, after: readonly Wording[], chance: number, rng: Rng): string {
  const words = text.split(' ').length;
  const before = rng.next() < 0.35 && words <= 20 ? `${one(openers, rng)} ` : '';
  return before + text + (rng.next() < chance && words <= 24 ? ` ${one(after, rng)}` : '');
}

const howTos = requests.filter((r) => r.kind === 'how-to');

function otherHowTo(request: Request, rng: Rng): Request {
  return rng.pick(howTos.filter((r) => r.id !== request.id));
}

const one = (wordings: readonly string[], rng: Rng): string => choose(rng.pick(wordings), rng);
const some = (wordings: readonly string[], n: number, rng: Rng): string[] => rng.shuffle(wordings).slice(0, n).map((w) => choose(w, rng));
const lower = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1);
