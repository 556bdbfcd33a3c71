import type { Rng } from '../base/rng';
import type { Request } from './world/request';

const openers = ['', '', '', 'Hello.', 'Hi.', 'Hey there.', 'Good morning.', 'Excuse me.', 'Quick question.', 'Hi there.'];

/** For goals that follow "to". */
const howForms = [
  'How do I {}?',
  'How can I {}?',
  'How should I {}?',
  'How would you {}?',
  'What is the best way to {}?',
  'What is a good way to {}?',
  'Please tell me how to {}.',
  'Tell me how to {}.',
  'Can you tell me how to {}?',
  'Could you explain how to {}?',
  'Do you know how to {}?',
  'I want to {}. How?',
  'I need to {}. Any advice?',
  'I would like to {}. Please help.',
  'What must I do to {}?',
  'Show me how to {}, please.',
  'Help me to {}.',
];

/** For goals that follow "tell me". */
const askForms = [
  'Can you tell me {}?',
  'Could you tell me {}?',
  'Please tell me {}.',
  'Tell me {}.',
  'Do you know {}?',
  'I want to know {}.',
  'I need to know {}.',
  'I wonder {}.',
  'Say {}, please.',
  'Any idea {}?',
  'Try to guess {}.',
  'Would you know {}?',
];

/** Every way in which a request can be put: opener × form × goal, duplicates removed. */
export function phrasings(request: Request): string[] {
  const forms = request.kind === 'unknowable' ? askForms : howForms;
  const all = openers.flatMap((o) => forms.flatMap((f) => request.goals.map((g) => `${o} ${f.replace('{}', g)}`.trim())));
  return [...new Set(all)];
}

/** Different phrasings of one request, `n` of them, in random order. */
export function samplePhrasings(request: Request, n: number, rng: Rng): string[] {
  return rng.shuffle(phrasings(request)).slice(0, n);
}
