import { filter } from '../environment.ts';
import { entriesOf, iterate, str, textOf, UseProblem } from '../python.ts';

/** Python's quote(): a slash stays. */
const encode = (text: string): string =>
  encodeURIComponent(text)
    .replace(/%2F/g, '/')
    .replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);

const encodePart = (part: unknown): string => encode(str(part)).replaceAll('/', '%2F').replaceAll('%20', '+');

function encodePairs(pairs: readonly unknown[]): string {
  return pairs
    .map((pair) => {
      const parts = iterate(pair);
      if (parts.length !== 2) throw new UseProblem(`urlencode takes pairs, and one has ${parts.length} parts`);
      return parts.map(encodePart).join('=');
    })
    .join('&');
}

const URL_PARTS = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#([\s\S]*))?$/;
const NETLOC = /^(?:([^@]*?)(?::([^@]*))?@)?(?:\[([^\]]*)\]|([^:]*))(?::(\d*))?$/;

/** The parts of an address, as Python's urlsplit has them. */
function urlParts(url: string): Record<string, unknown> {
  const [, scheme = '', netloc = '', path = '', query = '', fragment = ''] = URL_PARTS.exec(url) ?? [];
  const [, username, password, literal, name, port] = NETLOC.exec(netloc) ?? [];
  return {
    fragment,
    hostname: (literal ?? name)?.toLowerCase() || null,
    netloc,
    password: password ?? null,
    path,
    port: port ? Number(port) : null,
    query,
    scheme: scheme.toLowerCase(),
    username: username ?? null,
  };
}

/** Filters of addresses. */
export const URLS = {
  urlencode: filter('', (value) =>
    typeof value === 'object' && value !== null && (Array.isArray(value) || entriesOf(value))
      ? encodePairs(entriesOf(value) ?? value)
      : encode(str(value)),
  ),
  urldecode: filter('', (value) => decodeURIComponent(textOf(value).replaceAll('+', ' '))),
  urlsplit: filter('query', (value, { query = '' }) => {
    const parts = urlParts(textOf(value));
    if (query === '') return parts;
    if (!Object.hasOwn(parts, str(query))) throw new UseProblem(`an address has no part "${str(query)}"`);
    return parts[str(query)];
  }),
};
