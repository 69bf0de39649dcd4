import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { assignVars, type Controller, defineController, type Mapping, Problem, pyRegExp } from '../module.ts';

interface Args {
  file?: string;
  dir?: string;
  name?: string;
  depth: number;
  files_matching?: string;
  ignore_files: string[];
  extensions: string[];
  ignore_unknown_extensions: boolean;
}

/** Reads variables from files while the play runs. */
export default defineController<Args>({
  name: 'include_vars',
  description: 'Reads variables from a file, or from all files of a folder, while the play runs.',
  freeForm: 'file',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      file: {
        type: 'string',
        format: 'path',
        source: { kind: 'vars' },
        description: 'A YAML or JSON file, looked for in vars/ first.',
      },
      dir: {
        type: 'string',
        format: 'path',
        source: { kind: 'vars' },
        description: 'A folder whose files are all read, in order of name.',
      },
      name: { type: 'string', description: 'Put the variables under this one, as a dictionary.' },
      depth: { type: 'integer', default: 0, minimum: 0, description: 'How many levels of folders; 0 is all.' },
      files_matching: { type: 'string', description: 'Read only files whose name this regular expression finds.' },
      ignore_files: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        description: 'Leave out files whose name ends in one of these regular expressions.',
      },
      extensions: {
        type: 'array',
        items: { type: 'string' },
        default: ['yaml', 'yml', 'json'],
        description: 'Extensions that files of variables have.',
      },
      ignore_unknown_extensions: {
        type: 'boolean',
        default: false,
        description: 'Leave out files with another extension instead of failing.',
      },
    },
    mutuallyExclusive: [['file', 'dir']],
    requiredOneOf: [['file', 'dir']],
  },
  examples: `- include_vars: "{{ ansible_facts.os_family }}.yml"

- include_vars:
    dir: settings
    name: settings
`,
  evaluate: async (args, _evaluator, controller) => {
    const files =
      args.dir === undefined ? [await controller.find('vars', args.file ?? '')] : await inside(args, controller);
    const variables: Mapping = {};
    for (const file of files) assignVars(variables, await controller.readVars(file));
    const facts = args.name === undefined ? variables : { [args.name]: variables };
    return { returns: { ansible_facts: facts, ansible_included_var_files: files } };
  },
});

async function inside(args: Args, controller: Controller): Promise<string[]> {
  const root = await controller.find('vars', args.dir ?? '');
  if (!(await stat(root)).isDirectory()) {
    throw new Problem({ code: 'wrong-argument', what: `include_vars takes a folder for "dir", and ${root} is a file` });
  }
  const files = await walk(root, args.depth === 0 ? Number.POSITIVE_INFINITY : args.depth);
  return files.filter((file) => isWanted(file, args));
}

/** Files of a folder in order of name, then those of its folders. */
async function walk(folder: string, depth: number): Promise<string[]> {
  const [files, folders]: [string[], string[]] = [[], []];
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found) (found.isDirectory() ? folders : files).push(path);
  }
  if (depth <= 1) return files;
  return [...files, ...(await Promise.all(folders.map((inner) => walk(inner, depth - 1)))).flat()];
}

function isWanted(file: string, args: Args): boolean {
  const name = basename(file);
  // A role's own vars/main.yml is read with the role.
  if (/\/vars\/main\.ya?ml$/.test(file)) return false;
  if (args.files_matching !== undefined && !pyRegExp(args.files_matching).test(name)) return false;
  if (args.ignore_files.some((pattern) => pyRegExp(`${pattern}$`).test(name))) return false;
  if (args.extensions.includes(extname(name).slice(1))) return true;
  if (args.ignore_unknown_extensions) return false;
  throw new Problem({
    code: 'wrong-argument',
    what: `${file} has none of the extensions ${args.extensions.join(', ')}`,
    mend: 'set ignore_unknown_extensions to leave such files out',
  });
}
