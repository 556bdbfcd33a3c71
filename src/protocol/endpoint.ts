import * as z from 'zod';

/** Whether keys and conversations may go there: https, or this machine. */
export function isSafeUrl(text: string): boolean {
  let url;
  try {
    url = new URL(text);
  } catch {
    return false;
  }
  if (url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname));
}

/** An OpenAI-compatible server: requests go to `<url>/chat/completions`. Its key is never part of it. */
export const endpointSchema = z.object({
  name: z.string().min(1),
  url: z.string().refine(isSafeUrl, { error: 'needs to begin with https:// (http:// only for this machine), without a user name' }),
  model: z.string().min(1),
});
export type Endpoint = z.infer<typeof endpointSchema>;
