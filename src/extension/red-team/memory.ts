import * as vscode from 'vscode';
import * as z from 'zod';

const rememberedSchema = z.object({ attempt: z.string().optional(), draft: z.string().default('') });
/** Where somebody was: the attempt that is shown (absent: a new one) and the message that is being written. */
export type Remembered = z.infer<typeof rememberedSchema>;

/** A small file of the editor's own. The editor writes the state of pages down every minute or so, which is too rarely for what is typed. */
export function createMemory(folder: vscode.Uri | undefined): { read(): Promise<Remembered | undefined>; write(value: Remembered): Promise<void> } {
  const file = folder && vscode.Uri.joinPath(folder, 'red-team.json');
  let writing = Promise.resolve();
  return {
    async read() {
      try {
        return file && rememberedSchema.parse(JSON.parse(new TextDecoder().decode(await vscode.workspace.fs.readFile(file))));
      } catch {
        return undefined; // nothing was written yet, or not to its end
      }
    },
    write(value) {
      // One after the other: the last one stays.
      writing = writing.then(async () => {
        if (file) await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(JSON.stringify(value)));
      });
      return writing;
    },
  };
}
