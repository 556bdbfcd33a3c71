let bundle: Readonly<Record<string, string>> = {};

/** Takes the translations that the host has for the editor's language; without them the English is shown. */
export function setBundle(strings: Readonly<Record<string, string>>): void {
  bundle = strings;
}

/** As `vscode.l10n.t`: the message is the key, `{0}` and so on are filled in. */
export function t(message: string, ...args: (string | number)[]): string {
  return (bundle[message] ?? message).replace(/\{(\d+)\}/g, (whole, i: string) => String(args[Number(i)] ?? whole));
}
