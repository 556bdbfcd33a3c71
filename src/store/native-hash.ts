import crypto from 'node:crypto';

/**
 * Content hash of a text's UTF-8 bytes, as `sha256:<hex>`: `hashText` by the processor's own instructions, for files of a
 * hundred thousand prompts.
 */
export const nativeHash: (text: string) => string =
  // Node has it since 20.12; older editors bring an older Node.
  typeof (crypto as { hash?: unknown }).hash === 'function' ? (text) => `sha256:${crypto.hash('sha256', text)}` : hashedInSteps;

/** {@link nativeHash} where the one call for all of it is not there. */
export function hashedInSteps(text: string): string {
  return `sha256:${crypto.createHash('sha256').update(text, 'utf8').digest('hex')}`;
}
