/** What a user can do about a {@link UserError}: a button in the editor, a hint on the command line. */
export interface ErrorAction {
  readonly title: string;
  /** A `plumbline.*` command id. */
  readonly command?: string;
  readonly args?: readonly unknown[];
}

/**
 * An error the user can act on. It is shown once, without a stack. The message names the file, the value and the cure.
 * Anything else that is thrown is a bug and is logged with its stack at the edge.
 */
export class UserError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly action?: ErrorAction,
  ) {
    super(message);
    this.name = 'UserError';
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The stack when there is one, else the message: for logs. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** For the `default` of a switch over a closed union. */
export function never(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}
