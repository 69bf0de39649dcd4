import type { Mapping } from '../value.ts';

/**
 * curl's configuration comes on standard input. $1 where to keep the body, or nothing, $2 the statuses that are fine, with
 * blanks around each, $3 not empty to bring the body all the same. Prints the status, how often it was led on, where that
 * ended, where the body was kept, the headers' length, the headers and the body. What is there already is asked for only
 * if it is newer.
 */
export const ASK = `command -v curl >/dev/null || exit 69
d=$(mktemp -d) || exit
trap 'rm -rf "$d" \${t:+"$t"}' EXIT
: >"$d/body"
dest=$1 fine=$2 body=$3
set --; if [ -n "$dest" ] && [ -f "$dest" ]; then set -- -z "$dest"; fi
code=$(curl -K - "$@" -sS -D "$d/headers" -o "$d/body" -w '%{http_code}\\n%{num_redirects}\\n%{url_effective}') || exit
kept= status=\${code%%
*}
case $fine in *" $status "*) [ "$status" = 304 ] || kept=$dest;; esac
if [ -n "$kept" ]; then
  if [ -d "$kept" ]; then n=\${code##*/} n=\${n%%[?#]*}; kept=\${kept%/}/\${n:-index.html}; fi
  t=$(mktemp "\${kept%/*}/.mesh-play.XXXXXXXX") && cat "$d/body" >"$t" || exit
  if [ -f "$kept" ]; then chmod --reference="$kept" "$t" && chown --reference="$kept" "$t"; else chmod "$(printf '%o' $((0666 & ~0$(umask))))" "$t"; fi
  sync "$t" && mv -f -- "$t" "$kept" || exit
fi
if [ -n "$dest" ] && [ -z "$body" ] && [ -n "$kept" ] && ! grep -qi '^content-type:.*json' "$d/headers"; then : >"$d/body"; fi
echo "$code"; echo "$kept"; wc -c <"$d/headers"; cat "$d/headers" "$d/body"`;

/** What a web server answered. */
export interface Answer {
  status: number;
  redirected: boolean;
  url: string;
  /** Where the body was kept; nothing where it was not. */
  kept: string;
  headers: Mapping;
  cookies: Mapping;
  content: string;
}

/** Reads what ASK prints. */
export function parseAnswer(bytes: Buffer): Answer {
  let at = 0;
  const line = (): string => {
    const end = bytes.indexOf(10, at);
    const text = bytes.subarray(at, end).toString('utf8');
    at = end + 1;
    return text;
  };
  const [status, redirects, url, kept, length] = [Number(line()), Number(line()), line(), line(), Number(line())];
  const told = bytes
    .subarray(at, at + length)
    .toString('utf8')
    .trim();
  const headers: Mapping = {};
  const cookies: Mapping = {};
  // After a redirect there are several blocks; the last one belongs to the body.
  const blocks = told.split(/\r?\n\r?\n/);
  for (const [number, block] of blocks.entries()) {
    for (const header of block.split(/\r?\n/).slice(1)) {
      const colon = header.indexOf(':');
      if (colon < 1) continue;
      const [name, value] = [header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim()];
      const cookie = name === 'set-cookie' ? /^([^=;]+)=([^;]*)/.exec(value) : null;
      if (cookie) cookies[cookie[1] ?? ''] = cookie[2] ?? '';
      if (number === blocks.length - 1) headers[name.replaceAll('-', '_')] = value;
    }
  }
  const { location } = headers;
  if (typeof location === 'string' && URL.canParse(location, url)) headers['location'] = new URL(location, url).href;
  const content = bytes.subarray(at + length).toString('utf8');
  return { status, redirected: redirects > 0, url, kept, headers, cookies, content };
}
