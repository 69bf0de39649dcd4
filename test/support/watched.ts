import { connect } from '../../engine/connection/connect.ts';
import type { Connect } from '../../engine/connection/session.ts';

/** Connections that note what each host is asked, as `host: question about what`, in the order it is asked. */
export function watched(asked: string[]): Connect {
  return async (target, signal) => {
    const session = await connect(target, signal);
    const watching = <T extends object>(side: T): T =>
      new Proxy(side, {
        get(its, name) {
          const member = Reflect.get(its, name, its) as unknown;
          if (typeof member !== 'function') return member;
          return (...args: unknown[]) => {
            const about = args.filter((arg) => typeof arg === 'string' || Array.isArray(arg)).flat();
            asked.push(`${target.host}: ${String(name)} ${about.filter((word) => !/\n/.test(word)).join(' ')}`);
            return (member as (...args: unknown[]) => unknown).apply(its, args);
          };
        },
      });
    return {
      reader: (as) => watching(session.reader(as)),
      writer: (as, progress) => watching(session.writer(as, progress)),
      get lost() {
        return session.lost;
      },
      serves: (as) => session.serves(as),
      interrupt: () => session.interrupt(),
      close: () => session.close(),
    };
  };
}
