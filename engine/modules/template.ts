import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  ATTRIBUTES,
  type Attributes,
  applyPut,
  attributesIn,
  backupSuffix,
  type Controller,
  defineModule,
  type Landed,
  octal,
  Problem,
  type Put,
  planPut,
  probePut,
  returnsPut,
  sha1Of,
  shellWords,
  type TemplateOptions,
  validateWords,
} from '../module.ts';

interface Args extends Attributes, Required<Omit<TemplateOptions, 'newline_sequence'>> {
  src: string;
  dest: string;
  backup: boolean;
  force: boolean;
  follow: boolean;
  validate?: string;
  newline_sequence: string;
  output_encoding: string;
}

const text = (description: string, value: string) => ({ type: 'string', description, default: value }) as const;

/** Renders a template and puts it on the host. */
export default defineModule<Args, Landed, Put>({
  name: 'template',
  description: 'Renders a template with the host’s variables and puts it on the host.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['src', 'dest'],
    properties: {
      src: {
        type: 'string',
        format: 'path',
        source: { kind: 'templates' },
        description: 'The template, looked for in templates/ first.',
      },
      dest: {
        type: 'string',
        format: 'path',
        description: 'Where it goes. In a folder it keeps its name; one that ends in a slash is made.',
        examples: ['/etc/motd'],
      },
      ...ATTRIBUTES,
      backup: { type: 'boolean', default: false, description: 'Keep a copy of the file that is replaced.' },
      force: { type: 'boolean', default: true, description: 'Replace a file that differs.' },
      follow: { type: 'boolean', default: false, description: 'Write through a link at dest and leave the link.' },
      validate: {
        type: 'string',
        description: 'A command that must succeed before the new file, as %s, takes its place.',
        examples: ['visudo -cf %s'],
      },
      newline_sequence: {
        type: 'string',
        default: '\n',
        enum: ['\n', '\r', '\r\n', '\\n', '\\r', '\\r\\n'],
        description: 'What ends a line.',
      },
      trim_blocks: { type: 'boolean', default: true, description: 'Drop the line end after a block.' },
      lstrip_blocks: { type: 'boolean', default: false, description: 'Drop white space before a block.' },
      variable_start_string: text('What begins an expression.', '{{'),
      variable_end_string: text('What ends an expression.', '}}'),
      block_start_string: text('What begins a block.', '{%'),
      block_end_string: text('What ends a block.', '%}'),
      comment_start_string: text('What begins a comment.', '{#'),
      comment_end_string: text('What ends a comment.', '#}'),
      output_encoding: {
        type: 'string',
        default: 'utf-8',
        enum: ['utf-8', 'latin-1', 'ascii'],
        description: 'Encoding.',
      },
    },
  },
  examples: `- template:
    src: Corefile.j2
    dest: /etc/coredns/Corefile
    owner: root
    group: coredns
    mode: '0640'
`,
  prepare,
  probe: probePut,
  plan: planPut,
  apply: (host, changes, put, _controller, found) => applyPut(host, changes, put, found),
  returns: returnsPut,
});

async function prepare(controller: Controller, args: Args): Promise<Put> {
  const { dest, backup, force, follow, newline_sequence: newline, output_encoding: encoding } = args;
  const source = await controller.find('templates', args.src);
  const rendered = await controller.renderFile(source, {
    ...optionsOf(args),
    newline_sequence: newline.replaceAll('\\n', '\n').replaceAll('\\r', '\r'),
  });
  const content = controller.text(encoding === 'utf-8' ? rendered : encoded(rendered, encoding));
  const mode = args.mode === 'preserve' ? octal((await stat(source)).mode & 0o7777) : args.mode;
  return {
    content,
    dest,
    into: basename(source),
    attributes: attributesIn({ ...args, ...(mode === undefined ? {} : { mode }) }),
    follow,
    force,
    check: controller.check,
    backup: backup ? backupSuffix() : undefined,
    validate: validateWords('template', args.validate, shellWords),
    checksum: await sha1Of(content),
  };
}

function optionsOf(args: Args): TemplateOptions {
  return {
    src: args.src,
    dest: args.dest,
    trim_blocks: args.trim_blocks,
    lstrip_blocks: args.lstrip_blocks,
    variable_start_string: args.variable_start_string,
    variable_end_string: args.variable_end_string,
    block_start_string: args.block_start_string,
    block_end_string: args.block_end_string,
    comment_start_string: args.comment_start_string,
    comment_end_string: args.comment_end_string,
  };
}

function encoded(rendered: string, encoding: string): Buffer {
  const largest = encoding === 'ascii' ? 0x7f : 0xff;
  const odd = [...rendered].find((letter) => (letter.codePointAt(0) ?? 0) > largest);
  if (odd === undefined) return Buffer.from(rendered, 'latin1');
  throw new Problem({ code: 'wrong-argument', what: `the character "${odd}" cannot be written in ${encoding}` });
}
