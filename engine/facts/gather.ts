import type { Reader } from '../connection/connection.ts';
import type { Mapping } from '../value.ts';
import { distribution } from './distribution.ts';
import { hardware } from './hardware.ts';
import { keys } from './keys.ts';
import { local } from './local.ts';
import { network } from './network.ts';
import type { Part } from './part.ts';
import { platform } from './platform.ts';
import { software } from './software.ts';
import { time } from './time.ts';
import { user } from './user.ts';
import { virtual } from './virtual.ts';

const PARTS: readonly Part[] = [platform, distribution, software, user, time, keys, local, hardware, network, virtual];

/** Names that gather_subset knows, for the module's schema. */
export const SUBSETS: readonly string[] = ['all', ...new Set(PARTS.flatMap(({ subsets }) => subsets))];

/** Where a host keeps facts of its own. */
export const FACTS_FOLDER = '/etc/ansible/facts.d';

/** `line PATH` leaves the first line of a small file in $line: a shell reads many of them faster than it starts one cat. */
const LINE = 'line() { line=; [ ! -r "$1" ] || IFS= read -r line <"$1" || :; }';

/** Facts of a host in one round trip, under Ansible's names without their `ansible_` prefix. */
export async function gatherFacts(
  host: Reader,
  subset: readonly string[] = ['all'],
  folder: string = FACTS_FOLDER,
): Promise<Mapping> {
  const parts = chosen(subset);
  const marker = '@@mesh-play@@';
  const script = parts.map((part) => part.script).join('\n');
  // A part that is not there on some host answers nothing; it must not end the script.
  const { stdout } = await host.script(
    `s() { echo "${marker}$1"; }\n${LINE}\n{ ${script}\n:\n} 2>/dev/null\n:`,
    [folder],
    {
      ok: [0],
    },
  );
  const sections = new Map<string, string>();
  for (const piece of stdout.split(marker).slice(1)) {
    const end = piece.indexOf('\n');
    sections.set(piece.slice(0, end), piece.slice(end + 1));
  }
  const facts: Mapping = { gather_subset: [...subset], module_setup: true };
  for (const part of parts)
    Object.assign(
      facts,
      part.parse((name) => sections.get(name) ?? ''),
    );
  return facts;
}

/** The parts a gather_subset selects: `min` is always in unless `!min` says so; `!all` leaves only that. */
function chosen(subset: readonly string[]): Part[] {
  const without = subset.filter((name) => name.startsWith('!')).map((name) => name.slice(1));
  const wanted = subset.filter((name) => !name.startsWith('!'));
  const everything = wanted.includes('all') || (wanted.length === 0 && !without.includes('all'));
  return PARTS.filter(({ subsets }) => {
    const named = subsets.some((name) => wanted.includes(name));
    if (named) return true;
    if (subsets.some((name) => without.includes(name))) return false;
    return subsets[0] === 'min' ? !without.includes('min') : everything && !without.includes('all');
  });
}
