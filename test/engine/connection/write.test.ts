import { lstatSync, mkdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../../engine/connection/connect.ts';
import type { Session } from '../../../engine/connection/session.ts';
import { bytesContent } from '../../../engine/run/content.ts';
import { HERE } from '../../support/here.ts';
import { temporaryFolder } from '../../support/module.ts';
import { play, playbook } from '../../support/playbook.ts';

const small = bytesContent(Buffer.from('new'));
const large = bytesContent(Buffer.alloc(200_000, 'x'));

describe.each(['/bin/dash', '/bin/bash'])('a write by %s', (shell) => {
  let session: Session;
  let folder: string;
  let link: string;

  beforeEach(async () => {
    folder = temporaryFolder();
    session = await connect({ ...HERE, shell });
    mkdirSync(join(folder, 'real'));
    writeFileSync(join(folder, 'real/file'), 'old', { mode: 0o644 });
    link = join(folder, 'link');
    symlinkSync(join(folder, 'real/file'), link);
  });
  afterEach(() => session.close());

  it.each([
    ['small', small],
    ['large', large],
  ])('lays a %s file beside the one that a link leads to, so that its rename is one', async (_size, content) => {
    const seen = join(folder, 'seen');
    await session.writer({}).write(link, content, { validate: ['sh', '-c', 'echo "$0" >"$1"', '%s', seen] });
    expect(dirname(readFileSync(seen, 'utf8'))).toBe(join(folder, 'real'));
    expect(readlinkSync(link)).toBe(join(folder, 'real/file'));
    expect(statSync(join(folder, 'real/file')).size).toBe(content.size);
  });

  it.each([
    ['small', small],
    ['large', large],
  ])('puts a %s file in place of a link when told so', async (_size, content) => {
    await session.writer({}).write(link, content, { replaceLink: true });
    expect(lstatSync(link).isFile()).toBe(true);
    expect(readFileSync(join(folder, 'real/file'), 'utf8')).toBe('old');
  });

  it('shows a file that is to be private to nobody meanwhile, though the old one was open to all', async () => {
    const [tools, log] = [join(folder, 'tools'), join(folder, 'log')];
    mkdirSync(tools);
    const chmod = `#!/bin/sh\n/bin/chmod "$@" || exit\nfor last; do :; done\nstat -c %a -- "$last" >>${log}\n`;
    writeFileSync(join(tools, 'chmod'), chmod, { mode: 0o755 });
    const environment = { PATH: `${tools}:${process.env['PATH']}` };
    await session.writer({ environment }).write(join(folder, 'real/file'), small, { mode: '0600' });
    expect(readFileSync(log, 'utf8')).toBe('600\n');
  });
});

it.each([
  'copy: {content: new, dest: LINK, validate: "false %s"}',
  'template: {src: t, dest: LINK, validate: "false %s"}',
])('leaves the link where the file that was to take its place is refused: %s', async (task) => {
  const link = join(temporaryFolder(), 'link');
  symlinkSync('/nowhere', link);
  const { recap } = await playbook({
    files: { 'site.yml': play(`- ${task.replace('LINK', link)}\n`), t: 'new\n' },
    limit: 'a1',
  });
  expect(recap.get('a1')).toMatchObject({ failed: 1 });
  expect(readlinkSync(link)).toBe('/nowhere');
});
