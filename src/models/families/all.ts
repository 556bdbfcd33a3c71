import type { Family } from '../family';
import { llama } from './llama';

/** Every family there is. */
export const families: readonly Family[] = [llama];
