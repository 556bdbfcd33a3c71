import { computeAgreement } from './agreement';
import { computeRatings } from './ratings';

/** Everything that is computed on the worker thread. Inputs and outputs are plain data (structured clone); typed arrays may be transferred. */
export const computations = { agreement: computeAgreement, ratings: computeRatings };
export type Computations = typeof computations;
export type ComputationName = keyof Computations;
export type InputOf<K extends ComputationName> = Parameters<Computations[K]>[0];
export type OutputOf<K extends ComputationName> = ReturnType<Computations[K]>;

export interface Request {
  readonly id: number;
  readonly name: ComputationName;
  readonly input: unknown;
}
export type Reply = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string };
