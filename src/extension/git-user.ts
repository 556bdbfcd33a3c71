/** The `[user]` name of a git configuration, else the part of the e-mail address before the @. */
export function parseGitUser(config: string): string | undefined {
  const section = /^[ \t]*\[user\][ \t]*\r?$([^[]*)/im.exec(config)?.[1] ?? '';
  const value = (key: string): string | undefined => new RegExp(`^[ \\t]*${key}[ \\t]*=[ \\t]*"?(.*?)"?[ \\t]*\\r?$`, 'im').exec(section)?.[1];
  const found = value('name') ?? value('email')?.split('@')[0];
  return found === undefined || found === '' ? undefined : found;
}
