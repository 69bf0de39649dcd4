import { readJson } from '../json.ts';
import type { Mapping, Value } from '../value.ts';
import type { Part } from './part.ts';

const FACT = '@@fact ';
const STATUS = '@@status ';

/** Facts that the host's own people keep: files in $1, of JSON or INI, or programs that print it. */
export const local: Part = {
  subsets: ['min', 'local'],
  script: `s local; for f in "$1"/*.fact; do
  [ -f "$f" ] || continue
  printf '${FACT}%s\\n' "$f"
  if [ -x "$f" ]; then "$f" </dev/null || printf '\\n${STATUS}%s\\n' "$?"; else cat -- "$f"; fi
  echo
done`,
  parse: (section) => {
    const found: Mapping = {};
    for (const piece of section('local').split(FACT).slice(1)) {
      const end = piece.indexOf('\n');
      const path = piece.slice(0, end);
      const name = path.slice(path.lastIndexOf('/') + 1).replace('.fact', '');
      found[name] = factOf(path, piece.slice(end + 1));
    }
    return { local: found };
  },
};

function factOf(path: string, text: string): Value {
  const status = new RegExp(`^${STATUS}(\\d+)$`, 'm').exec(text)?.[1];
  if (status !== undefined) return `Failure executing fact script (${path}), rc: ${status}`;
  try {
    return readJson(text);
  } catch {
    return ini(text) ?? `error loading facts as JSON or ini - please check content: ${path}`;
  }
}

/** As Python's configparser reads it; undefined where it is no INI. */
function ini(text: string): Mapping | undefined {
  const sections: Mapping = {};
  let section: Mapping | undefined;
  for (const line of text.split('\n')) {
    if (/^\s*([#;].*)?$/.test(line)) continue;
    const [, title] = /^\[(.+)\]\s*$/.exec(line) ?? [];
    const [, key = '', value = ''] = /^([^=:]+?)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (title !== undefined) {
      section = {};
      sections[title] = section;
    } else if (section && key !== '') section[key.toLowerCase()] = value;
    else return undefined;
  }
  return sections;
}
