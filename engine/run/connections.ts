import type { Session } from '../connection/session.ts';
import type { Turn } from './turn.ts';

interface Known {
  session: Promise<Session>;
  /** It never came about, or is lost. */
  gone: () => boolean;
  turn?: Turn;
}

/** The connections to one host. One that is gone stays so for the task that had it, and is made anew for the next. */
export class Connections {
  readonly #known = new Map<string, Known>();

  /** The connection of that name; `connect` makes it where there is none. */
  of(name: string, turn: Turn, connect: () => Promise<Session>): Promise<Session> {
    const known = this.#known.get(name);
    const serving = known && (!known.gone() || (turn.come && known.turn === turn)) ? known : this.#add(name, connect());
    if (turn.come) serving.turn = turn;
    return serving.session;
  }

  #add(name: string, session: Promise<Session>): Known {
    let failed = false;
    let open: Session | undefined;
    session.then(
      (made) => {
        open = made;
      },
      () => {
        failed = true;
      },
    );
    const known: Known = { session, gone: () => failed || open?.lost === true };
    this.#known.set(name, known);
    return known;
  }

  all(): Promise<Session>[] {
    return [...this.#known.values()].map(({ session }) => session);
  }

  /** Ends them: the next task makes new ones. */
  async close(): Promise<void> {
    const sessions = this.all();
    this.#known.clear();
    // One that never came about, or was lost, cannot be closed and needs not be.
    await Promise.allSettled(sessions.map(async (session) => (await session).close()));
  }
}
