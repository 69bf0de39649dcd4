import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  ATTRIBUTES,
  type Attributes,
  applyCopyTree,
  applyPut,
  applyRemote,
  asText,
  attributesIn,
  backupSuffix,
  type Content,
  type Controller,
  defineModule,
  type Landed,
  listTree,
  octal,
  Problem,
  type Put,
  pathInfo,
  planCopyTree,
  planPut,
  planRemote,
  probePut,
  probeRemote,
  probeTree,
  type RemoteCopy,
  type RemoteState,
  returnsPut,
  sha1Of,
  shellWords,
  type Tree,
  type TreeState,
  type Value,
  validateWords,
} from '../module.ts';

interface Args extends Attributes {
  src?: string;
  content?: Value;
  dest: string;
  backup: boolean;
  force: boolean;
  follow: boolean;
  remote_src: boolean;
  decrypt: boolean;
  validate?: string;
  directory_mode?: string;
}

type Ready = { put: Put } | { tree: Tree; dest: string } | { remote: RemoteCopy };
type State = { found: Landed } | { tree: TreeState } | { remote: RemoteState };

/** Puts a file, a folder or a text on the host. */
export default defineModule<Args, State, Ready>({
  name: 'copy',
  description: 'Puts a file, a folder with all in it, or a text on the host.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['dest'],
    mutuallyExclusive: [['src', 'content']],
    requiredOneOf: [['src', 'content']],
    properties: {
      src: {
        type: 'string',
        source: { kind: 'files', unless: { remote_src: true } },
        description: 'What is copied, looked for in files/ first. A folder that ends in a slash: only what is in it.',
      },
      content: {
        type: 'any',
        description: 'The text of the file, in place of src. A dictionary or list becomes JSON.',
      },
      dest: {
        type: 'string',
        format: 'path',
        description: 'Where it goes. In a folder it keeps its name; one that ends in a slash is made.',
        examples: ['/etc/motd'],
      },
      ...ATTRIBUTES,
      mode: { ...ATTRIBUTES.mode, description: 'Permissions: octal in quotes, as chmod takes them, or preserve.' },
      directory_mode: { type: 'string', format: 'mode', description: 'Permissions of folders that are made.' },
      backup: { type: 'boolean', default: false, description: 'Keep a copy of the file that is replaced.' },
      force: { type: 'boolean', default: true, description: 'Replace a file that differs.' },
      follow: { type: 'boolean', default: false, description: 'Write through a link at dest and leave the link.' },
      remote_src: { type: 'boolean', default: false, description: 'src is on the host, not on the controller.' },
      decrypt: { type: 'boolean', default: true, description: 'Open files of the controller that are vaulted.' },
      validate: {
        type: 'string',
        description: 'A command that must succeed before the new file, as %s, takes its place.',
        examples: ['sshd -t -f %s'],
      },
    },
  },
  examples: `- copy:
    src: sudoers
    dest: /etc/sudoers
    mode: '0440'
    validate: visudo -cf %s
- copy:
    content: "{{ motd }}"
    dest: /etc/motd
`,
  prepare,
  probe: async (host, ready) => {
    if ('put' in ready) return { found: await probePut(host, ready.put) };
    if ('tree' in ready) return { tree: await probeTree(host, ready.tree) };
    return { remote: await probeRemote(host, ready.remote) };
  },
  plan: (state, ready) => {
    if ('put' in ready && 'found' in state) return planPut(state.found, ready.put);
    if ('tree' in ready && 'tree' in state) return planCopyTree(state.tree, ready.tree);
    return 'remote' in ready && 'remote' in state ? planRemote(state.remote, ready.remote) : [];
  },
  apply: async (host, changes, ready, _controller, state) => {
    if ('put' in ready && 'found' in state) await applyPut(host, changes, ready.put, state.found);
    if ('tree' in ready && 'tree' in state) await applyCopyTree(host, state.tree, ready.tree);
    if ('remote' in ready && 'remote' in state) await applyRemote(host, changes, ready.remote, state.remote);
  },
  returns: (state, ready, changes) => {
    if ('put' in ready && 'found' in state) return returnsPut(state.found, ready.put, changes);
    if ('tree' in ready) return { dest: join(ready.dest, '/') };
    if (!('remote' in state) || !('remote' in ready)) return {};
    const { place } = state.remote;
    return { src: ready.remote.src, dest: place.path, ...(place.stat ? pathInfo(place.stat) : {}) };
  },
});

async function prepare(controller: Controller, args: Args): Promise<Ready> {
  const { content, src, mode } = args;
  if (content !== undefined) {
    return { put: await putOf(controller, args, controller.text(asText(content)), args.dest, mode) };
  }
  if (src === undefined) throw new Problem({ code: 'wrong-argument', what: 'copy needs "src" or "content"' });
  if (args.remote_src) return { remote: remoteOf(controller, args, src) };
  const source = await controller.find('files', src);
  if (statSync(source).isDirectory()) return treeOf(controller, args, source, src.endsWith('/'));
  const content_ = await controller.file(source, args.decrypt);
  return {
    put: {
      ...(await putOf(controller, args, content_, args.dest, modeOf(mode, source))),
      into: basename(source),
    },
  };
}

const modeOf = (mode: string | undefined, source: string): string | undefined =>
  mode === 'preserve' ? octal(statSync(source).mode & 0o7777) : mode;

async function putOf(controller: Controller, args: Args, content: Content, dest: string, mode?: string): Promise<Put> {
  const { backup, follow, force, directory_mode: directoryMode } = args;
  const { owner, group } = args;
  return {
    content,
    dest,
    attributes: attributesIn({
      ...(owner === undefined ? {} : { owner }),
      ...(group === undefined ? {} : { group }),
      ...(mode === undefined || mode === 'preserve' ? {} : { mode }),
    }),
    directoryMode,
    follow,
    force,
    check: controller.check,
    backup: backup ? backupSuffix() : undefined,
    validate: validateWords('copy', args.validate, shellWords),
    checksum: await sha1Of(content),
  };
}

async function treeOf(controller: Controller, args: Args, source: string, inside: boolean): Promise<Ready> {
  const top = inside ? '' : basename(source);
  const { folders, files } = await listTree(source);
  const names = [...(inside ? [] : ['']), ...folders].map((name) => join(top, name));
  const puts = await Promise.all(
    files.map(async (name) => {
      const path = join(source, name);
      const mode = modeOf(args.mode, path);
      const put = await putOf(
        controller,
        args,
        await controller.file(path, args.decrypt),
        join(args.dest, top, name),
        mode,
      );
      // Its folder is made by then.
      return { name: join(top, name), put: { ...put, check: true } };
    }),
  );
  const { owner, group, directory_mode: mode } = args;
  const folderAttributes: Attributes = {
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
    ...(mode === undefined ? {} : { mode }),
  };
  const tree = { folders: names.map((name) => ({ name, path: join(args.dest, name) })), puts, folderAttributes };
  return { tree, dest: args.dest };
}

function remoteOf(controller: Controller, args: Args, src: string): RemoteCopy {
  const { dest, force, follow, backup, mode, directory_mode: directoryMode } = args;
  const { mode: _mode, ...owned } = attributesIn(args);
  const preserve = mode === 'preserve';
  return {
    src,
    dest,
    attributes: mode === undefined || preserve ? owned : { ...owned, mode },
    directoryMode,
    preserve,
    force,
    follow,
    backup: backup ? backupSuffix() : undefined,
    validate: validateWords('copy', args.validate, shellWords),
    check: controller.check,
  };
}
