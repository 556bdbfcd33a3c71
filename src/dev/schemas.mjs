// Writes media/schemas/*.json from the schemas in src/protocol. A unit test fails when they are not up to date.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'plumbline-schemas-'));
try {
  const outfile = path.join(folder, 'schemas.mjs');
  await build({ entryPoints: [path.join(root, 'src/protocol/json-schemas.ts')], bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'warning' });
  const { jsonSchemas } = await import(pathToFileURL(outfile).href);
  mkdirSync(path.join(root, 'media/schemas'), { recursive: true });
  for (const [name, schema] of Object.entries(jsonSchemas())) {
    writeFileSync(path.join(root, 'media/schemas', name), `${JSON.stringify(schema, null, 2)}\n`);
    console.log(`media/schemas/${name}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
