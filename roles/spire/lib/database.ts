import { type Controller, Problem, type Property, type QueryOptions } from 'mesh-play';

/** How PostgreSQL's own programs reach the database that SPIRE's connection string names. */
export interface Database {
  /** Settings as libpq takes them from its environment; the password is not among them. */
  environment: Record<string, string>;
  password: string;
  /** Certificates and keys of the host that it takes. */
  files: string[];
}

/** Settings of a connection string that libpq knows, by the variable that stands for each. */
const VARIABLES: Readonly<Record<string, string>> = {
  host: 'PGHOST',
  hostaddr: 'PGHOSTADDR',
  port: 'PGPORT',
  dbname: 'PGDATABASE',
  user: 'PGUSER',
  sslmode: 'PGSSLMODE',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslrootcert: 'PGSSLROOTCERT',
  sslcrl: 'PGSSLCRL',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
  options: 'PGOPTIONS',
  passfile: 'PGPASSFILE',
};

/** What SPIRE's driver (lib/pq) takes where nothing is said, unlike libpq. */
const DEFAULTS = { PGHOST: 'localhost', PGSSLMODE: 'require', PGCONNECT_TIMEOUT: '5' };

const FILES = ['sslcert', 'sslkey', 'sslrootcert', 'sslcrl'];

/** Reads a connection string, either as words or as an address. What only SPIRE's driver knows is left out. */
export function databaseOf(connection: string): Database {
  const settings = /^postgres(ql)?:\/\//.test(connection) ? ofAddress(connection) : ofWords(connection);
  const environment: Record<string, string> = { ...DEFAULTS };
  for (const [key, value] of settings) {
    const variable = VARIABLES[key];
    if (variable !== undefined && value !== '') environment[variable] = value;
  }
  const path = settings.get('search_path');
  if (path !== undefined)
    environment['PGOPTIONS'] =
      `${environment['PGOPTIONS'] ?? ''} -csearch_path=${path.replace(/[\\\s]/g, '\\$&')}`.trim();
  const files = FILES.flatMap((key) => (settings.get(key) ?? '').match(/^\/.*/) ?? []);
  return { environment, password: settings.get('password') ?? '', files };
}

/** `key=value key='a value'`, where a backslash takes the next character as it is. */
function ofWords(text: string): Map<string, string> {
  const settings = new Map<string, string>();
  const word = /\s*([^\s=]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)(?:[^\s\\]|\\.)*)?)(?=\s|$)\s*/suy;
  while (word.lastIndex < text.length) {
    const found = word.exec(text);
    if (!found) throw unreadable();
    settings.set(found[1] ?? '', (found[2] ?? found[3] ?? '').replace(/\\(.)/gsu, '$1'));
  }
  return settings;
}

/** `postgres://user:password@host:port/dbname?key=value`, of several hosts too. */
function ofAddress(text: string): Map<string, string> {
  const [, authority = '', name = '', query = ''] =
    /^[a-z]+:\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/s.exec(text.trim()) ?? [];
  const at = authority.lastIndexOf('@');
  const [user = '', ...password] = authority.slice(0, Math.max(at, 0)).split(':');
  const places = authority
    .slice(at + 1)
    .split(',')
    .map((place) => /^(?:\[([^\]]*)\]|([^:]*))(?::(\d*))?$/.exec(place) ?? fail());
  const ports = places.map(([, , , port = '']) => port);
  const settings: [string, string][] = [
    ['user', user],
    ['password', password.join(':')],
    ['host', places.map(([, six, host]) => six ?? host ?? '').join(',')],
    ['port', ports.some((port) => port !== '') ? ports.map((port) => port || '5432').join(',') : ''],
    ['dbname', name],
  ];
  const more = [...new URLSearchParams(query)];
  try {
    const given = settings.map(([key, value]): [string, string] => [key, decodeURIComponent(value)]);
    return new Map([...given.filter(([, value]) => value !== ''), ...more]);
  } catch {
    return fail();
  }
}

const fail = (): never => {
  throw unreadable();
};

/** The string is a secret, so nothing of it is shown. */
const unreadable = (): Problem =>
  new Problem({
    code: 'wrong-connection-string',
    what: 'spire_database is no connection string of PostgreSQL',
    mend: "write it as host=… dbname=… user=… password='…', with a backslash before a quote or a backslash, or as postgres://…",
  });

/**
 * The beginning of a script that asks a database. Standard input is `passfile`, $1 the account that SPIRE runs as: where
 * the host has it, PostgreSQL's programs run as it by `asked`, for a database may know it by that. $w is a folder that is
 * gone at the end.
 */
export const ASKING = `umask 077
w=$(mktemp -d) || exit
trap 'rm -rf "$w"' EXIT
trap 'exit 1' HUP INT TERM
cat >"$w/pass"
[ ! -s "$w/pass" ] || export PGPASSFILE="$w/pass"
# Whoever runs this has files of his own at home, which the server does not have.
export HOME="$w" PGAPPNAME=mesh-play
as=$1; shift
if id "$as" >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then chown -R "$as" "$w"; asked() { runuser -u "$as" -- "$@"; }
else asked() { "$@"; }; fi
`;

/** The argument that names the account of `ASKING`. */
export const DATABASE_USER = {
  type: 'string',
  default: 'spire-server',
  description: 'The account of SPIRE’s server, which a database may know it by.',
} as const satisfies Property;

/** What PostgreSQL's programs read a password from. */
export const passfile = ({ password }: Database): string =>
  password === '' ? '' : `*:*:*:*:${password.replace(/[\\:]/g, '\\$&')}\n`;

/** With which options a script that begins with `ASKING` runs for the database of a connection string, and what files that one names. */
export function asking(connection: string, controller: Controller): { options: QueryOptions; files: string[] } {
  const database = databaseOf(connection);
  // Of the connection string only the whole is known to be secret.
  controller.secret(database.password);
  const { environment, files } = database;
  return { options: { stdin: passfile(database), environment, ok: 'any' }, files };
}
