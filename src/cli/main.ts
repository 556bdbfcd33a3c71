import { explain } from './exit';
import { createProgram } from './program';

async function main(): Promise<void> {
  const json = process.argv.includes('--json');
  try {
    await createProgram().parseAsync(process.argv);
  } catch (error) {
    const { code, stdout, stderr } = explain(error, json);
    if (stdout !== undefined) process.stdout.write(stdout);
    if (stderr !== undefined) process.stderr.write(stderr);
    process.exitCode = code;
  }
}

// A reader that closes the pipe (`plumbline runs | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

void main();
