import { connect } from '../../engine/connection/connect.ts';
import type { Connect } from '../../engine/connection/session.ts';

/** What a host was asked, and what it answers. */
interface Asked {
  host: string;
  name: string;
  args: readonly unknown[];
  answer: unknown;
}

/** Connections that tell of each thing a host is asked. */
export function overheard(heard: (asked: Asked) => void): Connect {
  return async (target, signal) => {
    const session = await connect(target, signal);
    const hearing = <T extends object>(side: T): T =>
      new Proxy(side, {
        get(its, name) {
          const member = Reflect.get(its, name, its) as unknown;
          if (typeof member !== 'function') return member;
          return (...args: unknown[]) => {
            const answer: unknown = (member as (...args: unknown[]) => unknown).apply(its, args);
            heard({ host: target.host, name: String(name), args, answer });
            return answer;
          };
        },
      });
    return {
      reader: (as) => hearing(session.reader(as)),
      writer: (as, progress) => hearing(session.writer(as, progress)),
      get lost() {
        return session.lost;
      },
      serves: (as) => session.serves(as),
      interrupt: () => session.interrupt(),
      close: () => session.close(),
    };
  };
}

/** Connections that note what each host is asked, as `host: question about what`, in the order it is asked. */
export const watched = (asked: string[]): Connect =>
  overheard(({ host, name, args }) => {
    const about = args.filter((arg) => typeof arg === 'string' || Array.isArray(arg)).flat();
    asked.push(`${host}: ${name} ${about.filter((word) => !/\n/.test(word)).join(' ')}`);
  });
