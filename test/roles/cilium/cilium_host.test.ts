import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { connect } from '../../../engine/connection/connect.ts';
import ciliumHost from '../../../roles/cilium/modules/cilium_host.ts';
import { HERE } from '../../support/here.ts';
import { controllerFor, runModule, temporaryFolder } from '../../support/module.ts';

const folder = temporaryFolder();
const WHOLE = [
  ...['BPF_SYSCALL=y', 'BPF_JIT=y', 'CGROUP_BPF=y', 'NET_CLS_ACT=y', 'NET_CLS_BPF=m', 'NET_SCH_INGRESS=m'],
  ...['PERF_EVENTS=y', 'CRYPTO_SHA1=y', 'FIB_RULES=y', 'VXLAN=m', 'IP_SET=m', 'IP_SET_HASH_IP=m', 'NETFILTER_XT_SET=m'],
  'NETFILTER_XT_MATCH_COMMENT=m',
].map((option) => `CONFIG_${option}\n`);

/** A kernel's configuration, packed as /proc/config.gz or plain as in /boot. */
function config(lines: readonly string[], packed = false): string {
  const path = join(folder, packed ? 'config.gz' : 'config');
  writeFileSync(path, packed ? gzipSync(lines.join('')) : lines.join(''));
  return path;
}

function clang(version: string): string {
  const path = join(folder, `clang-${version}`);
  writeFileSync(path, `#!/bin/sh\necho ${version}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** What is said to be lacking of kernel options and clang; the machine of the tests may lack other things. */
async function lacks(args: Record<string, string | boolean>, check = false): Promise<string[]> {
  const { returns } = await runModule(ciliumHost, args, { check });
  return (returns['lacks'] as string[]).filter((line) => /CONFIG_|clang/.test(line));
}

describe('cilium_host', () => {
  it('is content with what is there', async () => {
    expect(await lacks({ config: config(WHOLE), clang: clang('19.1.7') })).toEqual([]);
    expect(await lacks({ config: config(WHOLE, true), clang: clang('18.1.0') })).toEqual([]);
  });

  it('names each kernel option that is not set', async () => {
    const lines = WHOLE.map((line) => (line.includes('VXLAN') ? '# CONFIG_VXLAN is not set\n' : line)).filter(
      (line) => !line.includes('CGROUP_BPF'),
    );
    for (const packed of [false, true])
      expect(await lacks({ config: config(lines, packed), clang: clang('19.1.7') })).toEqual([
        'a kernel with CONFIG_CGROUP_BPF',
        'a kernel with CONFIG_VXLAN',
      ]);
  });

  it('says when the kernel does not tell what it was built with, instead of taking it for fit or unfit', async () => {
    const warnings: string[] = [];
    const args = { config: join(folder, 'no-config'), installed: false, clang: clang('19.1.7') };
    const session = await connect(HERE);
    const controller = controllerFor({ warn: (text) => warnings.push(text) });
    const { returns } = await ciliumHost.ask(session.reader({}), args, controller);
    await session.close();
    expect(JSON.stringify(returns)).not.toContain('CONFIG_');
    expect(warnings).toEqual([
      `here does not tell what its kernel was built with (${join(folder, 'no-config')}): whether it can run Cilium shows when the agent starts`,
    ]);
  });

  it('says where clang is missed, and of which version it must be', async () => {
    const missing = join(folder, 'none');
    expect(await lacks({ config: config(WHOLE), clang: missing })).toEqual([`clang, at ${missing}`]);
    const old = clang('14.0.6');
    expect(await lacks({ config: config(WHOLE), clang: old })).toEqual([
      `clang of version 18.1 or newer: ${old} has 14.0.6`,
    ]);
  });

  it('asks nothing of packages before they are installed, nor in check mode', async () => {
    const missing = { config: config(WHOLE), clang: join(folder, 'none') };
    expect(await lacks({ ...missing, installed: false })).toEqual([]);
    expect(await lacks(missing, true)).toEqual([]);
  });

  it('fails with all of it in one line', async () => {
    const ran = await runModule(ciliumHost, { config: config([]), clang: join(folder, 'none') });
    expect(ran.failed).toMatch(/^here lacks .*a kernel with CONFIG_BPF_SYSCALL; .*; clang, at \S+\/none(?:; |$)/);
  });
});
