import {
  checksumsOf,
  containing,
  defineQuery,
  FIND,
  type FindWish,
  type Found,
  foundIn,
  foundInfo,
  type Reader,
  visits,
  wantedBy,
} from '../module.ts';

interface Args extends FindWish {
  paths: string[];
  recurse: boolean;
  follow: boolean;
  limit?: number;
  get_checksum: boolean;
  checksum_algorithm: string;
}

/** Lists what is in folders. */
export default defineQuery<Args>({
  name: 'find',
  description: 'Lists what is in folders of the host and is as the arguments say; all of them must hold.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['paths'],
    properties: {
      paths: {
        type: 'array',
        items: { type: 'string', format: 'path' },
        aliases: ['name', 'path'],
        description: 'The folders, as whole paths.',
      },
      patterns: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        aliases: ['pattern'],
        description: 'Names, of which one must match: shell patterns, or regular expressions with use_regex.',
      },
      excludes: {
        type: 'array',
        items: { type: 'string' },
        aliases: ['exclude'],
        description: 'Names that are left out, written as patterns are.',
      },
      use_regex: {
        type: 'boolean',
        default: false,
        description: 'Names are regular expressions as Python writes them, matched from the first letter on.',
      },
      file_type: {
        type: 'string',
        enum: ['any', 'directory', 'file', 'link'],
        default: 'file',
        description: 'What is listed.',
      },
      contains: {
        type: 'string',
        description: 'A regular expression that must match the beginning of a line. Only of files.',
      },
      read_whole_file: {
        type: 'boolean',
        default: false,
        description: 'Look for contains anywhere in the whole text of the file.',
      },
      encoding: { type: 'string', description: 'How files are written that contains looks into: utf-8 or ascii.' },
      age: {
        type: 'string',
        description: 'At least so old, or at most with a minus: seconds, or with s, m, h, d or w behind.',
        examples: ['2d', '-1h'],
      },
      age_stamp: {
        type: 'string',
        enum: ['atime', 'ctime', 'mtime'],
        default: 'mtime',
        description: 'Which of its times is meant by age.',
      },
      size: {
        type: 'string',
        description:
          'At least so large, or at most with a minus: bytes, or with b, k, m, g or t behind. Only of files.',
        examples: ['1m', '-10k'],
      },
      mode: { type: 'string', format: 'mode', description: 'Permissions it must have.', examples: ['0644', 'u=rw'] },
      exact_mode: {
        type: 'boolean',
        default: true,
        description: 'The permissions are those of mode; without, one of them is enough.',
      },
      hidden: { type: 'boolean', default: false, description: 'List what begins with a dot too.' },
      recurse: { type: 'boolean', default: false, description: 'Look into folders below too.' },
      depth: { type: 'integer', description: 'How many levels deep, with recurse. Default: all.' },
      follow: { type: 'boolean', default: false, description: 'Look into folders that links lead to, with recurse.' },
      limit: { type: 'integer', minimum: 1, description: 'Stop after so many.' },
      get_checksum: { type: 'boolean', default: false, description: 'Answer the checksum of each file.' },
      checksum_algorithm: {
        type: 'string',
        enum: ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'],
        default: 'sha1',
        aliases: ['checksum', 'checksum_algo'],
        description: 'How the checksum is made.',
      },
    },
  },
  examples: `- find:
    paths: /var/backups
    patterns: '*.gz'
    age: 4w
  register: old
- file:
    path: "{{ item.path }}"
    state: absent
  loop: "{{ old.files }}"
`,
  ask: async (host, args, controller) => {
    const wanted = wantedBy(args);
    const skipped: Record<string, string> = {};
    const files: Found[] = [];
    let examined = 0;
    const searches = await Promise.all(args.paths.map((path) => search(host, path, args)));
    for (const [at, { text, denied }] of searches.entries()) {
      const path = args.paths[at] ?? '';
      Object.assign(skipped, denied);
      if (text === undefined) {
        skipped[path] = `'${path}' is not a directory`;
        controller.warn(`find skips "${path}": it is no folder`);
        continue;
      }
      const { now, root, folders } = foundIn(text);
      const visited = [...visits(root, folders, args.follow)];
      const fitting = visited.flat().filter((one) => wanted(one, root, now));
      const listed = new Set(await containing(host, fitting, args));
      for (const inside of visited) {
        if (files.length === args.limit) break;
        examined += inside.length;
        for (const one of inside) if (files.length !== args.limit && listed.has(one)) files.push(one);
      }
    }
    const checksums = args.get_checksum ? await checksumsOf(host, files, args.checksum_algorithm) : new Map();
    const all = files.length === args.limit ? 'Limit of matches reached' : 'All paths examined';
    const missed = args.paths.some((path) => path in skipped);
    return {
      returns: {
        files: files.map((one) => ({ path: one.path, ...foundInfo(one), ...checksums.get(one.path) })),
        matched: files.length,
        examined,
        msg: missed ? 'Not all paths examined, check warnings for details' : all,
        skipped_paths: skipped,
      },
    };
  },
});

/** What is in a folder, undefined where the path is none, and where the user may not look. */
async function search(host: Reader, path: string, { recurse, depth, follow }: Args) {
  // Ansible counts what is one level below as examined too.
  const deep = recurse ? (depth ? String(depth + 1) : '') : '1';
  const options = { ok: 'any', environment: { LC_ALL: 'C' }, name: 'find' } as const;
  const { status, stdout, stderr } = await host.script(FIND, [path, deep, recurse && follow ? 'l' : ''], options);
  const denied: Record<string, string> = {};
  for (const [, one = ''] of stderr.matchAll(/^find: '(.*)': Permission denied$/gm))
    denied[one] = `[Errno 13] Permission denied: '${one}'`;
  return { text: status === 3 ? undefined : stdout, denied };
}
