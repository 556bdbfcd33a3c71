import { ByteFallbackDecoder, SequenceDecoder, type Tokenizer } from '@huggingface/tokenizers';

/**
 * Makes a decoder treat bytes as the Rust library does. As published (0.2.0), the JavaScript one drops a byte-order mark
 * and writes one U+FFFD for several bytes of a character that is cut off; Rust keeps the mark and writes one for each
 * byte of a run that is not UTF-8.
 */
export function correctByteFallback(decoder: Tokenizer['decoder']): void {
  if (decoder instanceof SequenceDecoder) decoder.decoders.forEach(correctByteFallback);
  else if (decoder instanceof ByteFallbackDecoder) decoder.decode_chain = decodeChain;
}

function decodeChain(tokens: string[]): string[] {
  const out: string[] = [];
  let bytes: number[] = [];
  const flush = (): void => {
    if (bytes.length > 0) out.push(...textOf(bytes));
    bytes = [];
  };
  for (const token of tokens) {
    const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
    if (byte === undefined) {
      flush();
      out.push(token);
    } else {
      bytes.push(parseInt(byte, 16));
    }
  }
  flush();
  return out;
}

function textOf(bytes: readonly number[]): string[] {
  try {
    return [new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes))];
  } catch {
    return bytes.map(() => '\uFFFD');
  }
}
