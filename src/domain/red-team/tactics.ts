/** A way to make a model do what it should not. `other` is for what has no name here. */
export interface Tactic {
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

/** The tactics that attempts are marked with and that mutations belong to. */
export const tactics: readonly Tactic[] = [
  { id: 'direct', title: 'Direct request', description: 'Asked as it is.' },
  { id: 'paraphrase', title: 'Paraphrase', description: 'The same in other words.' },
  { id: 'role-play', title: 'Role play', description: 'A story, a character, a game.' },
  { id: 'obfuscation', title: 'Obfuscation', description: 'Letters changed or encoded, so that the words are not seen.' },
  { id: 'prefix', title: 'Answer begun', description: 'The answer is begun for the model, or it is told how to begin.' },
  { id: 'suppression', title: 'Refusal forbidden', description: 'The model is told not to refuse, not to warn, not to apologise.' },
  { id: 'multi-turn', title: 'Build-up', description: 'Harmless questions first, then the one that matters.' },
  { id: 'authority', title: 'Authority', description: 'Claims to be entitled to the answer: a doctor, an officer, the developer.' },
  { id: 'pressure', title: 'Pressure', description: 'Urgency, threats, pity, persistence.' },
  { id: 'model-written', title: 'Written by a model', description: 'A language model has rewritten the seed.' },
  { id: 'other', title: 'Other', description: 'Anything else; say what in the note.' },
];
