import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ended, meshPlay } from '../support/lab.ts';

const why = existsSync('/usr/bin/apt-get') ? undefined : 'promtool is taken from Debian';
const folder = mkdtempSync(join(tmpdir(), 'mesh-play-prometheus-'));
const promtool = (...words: string[]): string =>
  execFileSync(join(folder, 'usr/bin/promtool'), words, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

describe.skipIf(why !== undefined)(`files for Prometheus${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  beforeAll(async () => {
    // Unpacked and not installed: nothing of it is started, and nothing is left.
    execFileSync('apt-get', ['download', '-q', 'prometheus'], { cwd: folder, stdio: 'pipe' });
    const [deb = ''] = readdirSync(folder).filter((name) => name.endsWith('.deb'));
    execFileSync('dpkg-deb', ['-x', deb, '.'], { cwd: folder });
    const words = ['playbooks/prometheus.yml', '-i', 'inventories/lab', '-e', `prometheus_folder=${folder}`];
    expect(ended(await meshPlay(...words))).toBe('as it should');
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are taken by promtool', () => {
    expect(promtool('check', 'rules', 'mesh.rules.yml')).toContain('SUCCESS');
    const scrape = readFileSync(join(folder, 'mesh.scrape.yml'), 'utf8');
    writeFileSync(join(folder, 'prometheus.yml'), `rule_files: [mesh.rules.yml]\n${scrape}`);
    expect(promtool('check', 'config', 'prometheus.yml')).toContain('is valid prometheus config');
  });

  it('tell of what they must, and of nothing else', () => {
    copyFileSync('test/roles/prometheus/rules.test.yml', join(folder, 'rules.test.yml'));
    expect(promtool('test', 'rules', 'rules.test.yml')).toContain('SUCCESS');
  });
});
