import * as z from 'zod';

/**
 * What crosses between a panel's page and the extension host. The page calls and waits; the host answers each call with
 * its id, and sends events of its own accord. A page's message is checked here before anything looks at it.
 */

/** Page → host. */
export const callSchema = z.object({ type: z.literal('call'), id: z.int().min(1), method: z.string(), params: z.unknown() });
export type Call = z.infer<typeof callSchema>;

/** Every panel's page may ask for a sign of life: the host answers by itself, whatever its handlers are at. */
export const pingMethod = '$ping';

/** What the page shows of an error. `shown`: the host has shown it already, with the button that cures it. */
export interface WireError {
  readonly message: string;
  readonly shown: boolean;
}

/** Host → page. */
export type ToPage<E> =
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: WireError }
  | { readonly type: 'event'; readonly event: E };

/** The methods that a page may call, each with the schema of its parameters. */
export type Methods = Record<string, z.ZodType>;
/** Parameters of a method as the host sees them, checked and with defaults. */
export type Params<M extends Methods, K extends keyof M> = z.output<M[K]>;
/** One function per method; `R` gives each method's result. */
export type Handlers<M extends Methods, R extends Record<keyof M, unknown>> = {
  readonly [K in keyof M]: (params: Params<M, K>) => Promise<R[K]> | R[K];
};

/**
 * The commands that a page's buttons may run; anything else is refused, so that hostile text which got to run in a page
 * could do no more than these. (Pages have no other way to reach a command: `enableCommandUris` is off.)
 */
export const pageCommands = ['plumbline.generate', 'plumbline.import', 'plumbline.rank', 'plumbline.trainReward', 'plumbline.whoAmI', 'plumbline.openKeybindings', 'plumbline.chooseTask', 'plumbline.editTasks', 'plumbline.items', 'plumbline.agreement', 'plumbline.leaderboard', 'plumbline.adjudicate', 'plumbline.screening', 'plumbline.makeScreening', 'plumbline.scoreAnswers', 'plumbline.redTeam', 'plumbline.attack', 'plumbline.findings', 'plumbline.addEndpoint', 'plumbline.openReport'] as const;
export const commandParams = z.object({ command: z.enum(pageCommands) });
