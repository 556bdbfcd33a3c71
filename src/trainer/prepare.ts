import type { Device } from '../training/device';
import type { RunKind, RunOf, RunSpec } from '../protocol/run';
import type { Algorithm, Outcome } from '../training/algorithm';

/** A run that is ready to go. */
export interface Prepared {
  readonly algorithm: Algorithm;
  /** What it is about to do, and in how much memory, in words. */
  readonly plan: string;
  readonly warnings: readonly string[];
  /** How it keeps within memory, when it trains; see `chooseMemory`. */
  readonly memory?: { ranOut(): string };
  /** Numbers that were measured before the first step, for the summary. */
  readonly measured?: Readonly<Record<string, number>>;
  readonly checkpointEvery: number;
  /** The file that the algorithm's `record` events go to. */
  readonly records?: { readonly file: string };
  /** Writes what the run made. @returns role → path relative to the run folder. */
  write(outcome: Outcome): Promise<Record<string, string>>;
}

type Prepare<K extends RunKind> = (folder: string, spec: RunOf<K>, device: Device) => Promise<Prepared>;

/** One file a kind, loaded when it is needed. */
const kinds: { readonly [K in RunKind]: () => Promise<Prepare<K>> } = {
  sft: async () => (await import('./kinds/sft')).prepareSft,
  reward: async () => (await import('./kinds/reward')).prepareReward,
  rule: async () => (await import('./kinds/rule')).prepareRule,
  dpo: async () => (await import('./kinds/dpo')).prepareDpo,
  ppo: async () => (await import('./kinds/ppo')).preparePpo,
  generate: async () => {
    const [plain, next] = [await import('./kinds/generate'), await import('./kinds/next-round')];
    return (folder, spec, device) => (spec.models.beside === undefined && spec.models.reward === undefined ? plain.prepareGenerate : next.prepareNextRound)(folder, spec, device);
  },
  evaluate: async () => (await import('./kinds/evaluate')).prepareEvaluate,
  score: async () => (await import('./kinds/score')).prepareScore,
  attack: async () => (await import('./kinds/attack')).prepareAttack,
  bestOfN: async () => (await import('./kinds/best-of-n')).prepareBestOfN,
};

/** Reads the data and models of a run and checks that it can start. @throws UserError when it cannot, saying why. */
export async function prepare(folder: string, spec: RunSpec, device: Device): Promise<Prepared> {
  // The table pairs each kind with what prepares it; the compiler does not follow that through an index.
  const prepareKind = (await kinds[spec.kind]()) as Prepare<RunKind>;
  return prepareKind(folder, spec, device);
}
