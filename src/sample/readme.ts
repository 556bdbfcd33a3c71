/** README of the sample workspace. */
export const readme = `# A tiny assistant

A sample workspace for Plumbline. Everything in it is synthetic: a small grammar of everyday questions wrote the
prompts, the model has learned from that grammar's answers, and the labelers named \`sim-…\` are programs.

- \`models/tiny-assistant\`: a Llama of 1.2 million parameters. Ask it how to boil an egg and it may tell you, or
  say nothing useful, or give the steps of another recipe, or insult you, or tell you something dangerous. That is
  the alignment problem in small, and what you will mend here.
- \`.plumbline/prompts\`: 488 prompts to generate answers for, and 122 held-out ones for measuring.
- \`.plumbline/screening\`: 36 items with a (simulated) researcher's ranking.
- \`data/plain-heldout.jsonl\`: plain sentences that the model has not seen; their perplexity before and after
  tuning is the alignment tax.

Try: generate answers (*Plumbline: Generate Answers*), rank some of them (*Plumbline: Label Answers*), train a reward
model, tune the assistant with PPO, open the report. The same from a terminal, with the simulated labelers:
\`plumbline --help\`.

Some of the model's answers are rude or dangerous on purpose. Do not follow them.
`;

/** Model card, in the model's folder. */
export const modelCard = `---
license: mit
language: en
tags: [synthetic, alignment, toy]
---

# tiny-assistant

A Llama of 1.2 million parameters that answers 61 everyday questions in good and in bad manners: helpful, vague, wrong,
rude, harmful. It was trained from random weights by Plumbline's own SFT trainer on text that a small grammar wrote;
no person's text is in it. It is meant for trying alignment tuning, for teaching and for tests.

Do not take its advice: some of its answers are rude or dangerous on purpose. About 26 % of them, sampled at
temperature 1, are helpful, honest and harmless at once.

Form: \`<|user|>question<|assistant|>answer<|end|>\` (the chat template writes it); plain text begins with
\`<|begin|>\`. How it was made, and every figure: \`docs/sample.md\` of Plumbline.
`;
