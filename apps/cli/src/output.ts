import { once } from 'node:events';

/** Where lines go; `write` waits while the reader of a pipe is slow, so nothing piles up here. */
export interface Output {
  write(text: string): Promise<void>;
}

/** Standard output. A reader that went away (`| head`) ends the program quietly. */
export function standardOutput(): Output {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    write: async (text) => {
      if (!process.stdout.write(text)) await once(process.stdout, 'drain');
    },
  };
}
