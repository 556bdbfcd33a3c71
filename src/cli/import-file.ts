import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { UserError, messageOf } from '../base/errors';
import { slug } from '../base/ids';
import { importText } from '../formats/table';
import type { FileImport } from '../formats/table';
import { decodeText } from '../formats/text';

/** Beyond this an unpacked file does not fit a JavaScript string. */
const maxBytes = 500_000_000;
const unpack = promisify(gunzip);

export interface ImportFileOptions {
  /** The id of a format; told from name and content when left out. */
  readonly format?: string;
  /** Who the judgements in the file are said to be by; made from the file's name when left out. */
  readonly labeler?: string;
  /** Who wrote the answers, where the file does not say. */
  readonly source?: string;
  /** The time that judgements get. */
  readonly now: Date;
}

/**
 * Reads a file to import, packed (`.gz`) or not. Whatever cannot be read of it comes back as problems with lines.
 * @throws UserError when the file cannot be opened or unpacked.
 */
export async function readImport(file: string, options: ImportFileOptions): Promise<FileImport> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new UserError('cli.import', `${file} cannot be read: ${messageOf(error)}`);
  });
  const name = basename(file).replace(/\.gz$/i, '');
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? await unpacked(file, bytes) : bytes;
  if (plain.length > maxBytes) throw new UserError('cli.import', `${file} holds ${Math.round(plain.length / 1e6)} MB, more than the ${maxBytes / 1e6} MB that are read at once. Split it.`);
  const { text, problems } = decodeText(plain, file);
  if (problems.length > 0) return { format: undefined, rows: 0, prompts: [], generations: [], labels: [], problems };
  const stem = slug(name.replace(/\.[a-z0-9]+$/i, ''));
  return importText(name, text, { file, labeler: options.labeler ?? `import-${stem}`, at: options.now.toISOString(), source: options.source ?? 'import' }, options.format);
}

async function unpacked(file: string, bytes: Buffer): Promise<Buffer> {
  try {
    return await unpack(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    throw new UserError('cli.import', `${file} cannot be unpacked: ${messageOf(error)}`);
  }
}

/** The name that a file's records get as sets: its own, without endings. */
export function setNameOf(file: string): string {
  return slug(basename(file).replace(/\.gz$/i, '').replace(/\.[a-z0-9]+$/i, ''));
}
