import type { Family } from '../family';
import { gemma3 } from './gemma3';
import { gpt2 } from './gpt2';
import { gptNeox } from './gpt-neox';
import { llama } from './llama';
import { mistral } from './mistral';
import { olmo2 } from './olmo2';
import { qwen2 } from './qwen2';
import { qwen3 } from './qwen3';
import { smollm3 } from './smollm3';

/** Every family there is. */
export const families: readonly Family[] = [llama, mistral, qwen2, qwen3, smollm3, olmo2, gpt2, gptNeox, gemma3];
