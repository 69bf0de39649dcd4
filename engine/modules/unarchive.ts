import {
  ATTRIBUTES,
  type Attributes,
  applyUnarchive,
  attributesIn,
  type Controller,
  curlConfig,
  defineModule,
  pathInfo,
  planUnarchive,
  probeUnarchive,
  readArchive,
  type Unarchive,
  type Unarchived,
} from '../module.ts';

interface Args extends Attributes {
  src: string;
  dest: string;
  remote_src?: boolean;
  copy?: boolean;
  decrypt: boolean;
  creates?: string;
  list_files: boolean;
  include: string[];
  exclude: string[];
  keep_newer: boolean;
  extra_opts: string[];
  validate_certs: boolean;
}

interface Ready extends Unarchive {
  list: boolean;
}

/** Unpacks an archive on the host. */
export default defineModule<Args, Unarchived, Ready>({
  name: 'unarchive',
  description: 'Unpacks a tar archive, compressed or not, or a zip archive in a folder of the host.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['src', 'dest'],
    mutuallyExclusive: [
      ['copy', 'remote_src'],
      ['include', 'exclude'],
    ],
    properties: {
      src: {
        type: 'string',
        source: { kind: 'files', unless: { remote_src: true, copy: false, creates: true } },
        description:
          'The archive, looked for in files/ first; with remote_src a path on the host, or an address that the host fetches with curl.',
        examples: ['site.tar.gz', 'https://example.com/site.zip'],
      },
      dest: { type: 'string', format: 'path', description: 'The folder it is unpacked in, which must be there.' },
      remote_src: { type: 'boolean', description: 'src is on the host, or an address.' },
      copy: { type: 'boolean', description: 'The opposite of remote_src, as it was called before.' },
      decrypt: { type: 'boolean', default: true, description: 'Open an archive of the controller that is vaulted.' },
      creates: { type: 'string', format: 'path', description: 'Nothing is done when this path is there.' },
      list_files: { type: 'boolean', default: false, description: 'Answer the names of what it holds as files.' },
      include: { type: 'array', default: [], items: { type: 'string' }, description: 'Only these are unpacked.' },
      exclude: { type: 'array', default: [], items: { type: 'string' }, description: 'These are not unpacked.' },
      keep_newer: { type: 'boolean', default: false, description: 'Leave files that are newer than in the archive.' },
      extra_opts: {
        type: 'array',
        default: [],
        items: { type: 'string' },
        description: 'Further options for tar or unzip.',
        examples: [['--strip-components=1']],
      },
      validate_certs: { type: 'boolean', default: true, description: 'Check the certificate of an address.' },
      ...ATTRIBUTES,
    },
  },
  examples: `- unarchive:
    src: site.tar.gz
    dest: /srv/site
    extra_opts: [--strip-components=1]
    owner: www-data
- unarchive:
    src: https://example.com/tool.zip
    dest: /opt
    remote_src: true
    creates: /opt/tool
`,
  prepare,
  probe: probeUnarchive,
  plan: planUnarchive,
  apply: (host, _changes, ready, _controller, state) => applyUnarchive(host, ready, state),
  returns: ({ made, zip, folder, entries }, { src, list, creates }, changes) => ({
    src,
    dest: folder.path,
    ...(folder.stat ? pathInfo(folder.stat) : {}),
    ...(made && changes.length === 0
      ? { msg: `skipped, since ${creates} exists` }
      : { handler: zip ? 'ZipArchive' : 'TarArchive' }),
    ...(list ? { files: entries.map(({ name, type }) => (type === 'directory' ? `${name}/` : name)) } : {}),
  }),
});

async function prepare(controller: Controller, args: Args): Promise<Ready> {
  const { src, dest, creates, include, exclude, extra_opts: options, list_files: list } = args;
  const selection = { include, exclude, options };
  const common = {
    src,
    dest,
    creates,
    selection,
    list,
    check: controller.check,
    keepNewer: args.keep_newer,
    attributes: attributesIn(args),
  };
  if (args.remote_src ?? args.copy === false) {
    const { validate_certs } = args;
    const asked = { headers: {}, timeout: 3600, force_basic_auth: false, validate_certs, use_proxy: true };
    const curl = src.includes('://') ? curlConfig({ url: src, args: asked, follow: true }) : '';
    return { ...common, from: { src, curl } };
  }
  const file = await controller.find('files', src);
  const content = await controller.file(file, args.decrypt);
  return { ...common, from: { content, ...(await readArchive(file, selection, content.bytes)) } };
}
