import type { Event } from '../event.ts';

/** Listens to a run and writes. `write` gets text that is already free of secrets, whole lines. */
export interface Report {
  on(event: Event): void;
  /** Resolves when all that was told so far is written; absent where that is so at once. */
  shown?(): Promise<void>;
  /** Called once after the last event, also when the run threw. Resolves when everything is written. */
  close(): Promise<void>;
}

/** Where a report writes. */
export interface Output {
  write(text: string): void;
  /** Text with every secret hidden, for what is cut or coloured before it is written. */
  hide(text: string): string;
  /** Columns of the terminal, when it is one. */
  columns?: number;
  colour: boolean;
}
