import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import dnsRecord from '../../../roles/coredns/modules/dns_record.ts';
import { runModule, temporaryFolder } from '../../support/module.ts';

const folder = temporaryFolder();
const serialOf = (path: string): number => Number(/SOA ns1 hostmaster (\d+)/.exec(readFileSync(path, 'utf8'))?.[1]);

describe('dns_record', () => {
  it('makes a zone, and moves its serial only when a record changed', async () => {
    const path = join(folder, 'db.a');
    const args = { path, zone: 'mesh.internal', name: 'web', type: 'A', values: ['10.0.0.2', '10.0.0.1'] };
    expect((await runModule(dnsRecord, args)).remaining).toEqual([]);
    const serial = serialOf(path);
    expect((await runModule(dnsRecord, { ...args, values: ['10.0.0.1', '10.0.0.2'] })).changed).toBe(false);
    expect(serialOf(path)).toBe(serial);
    expect((await runModule(dnsRecord, { ...args, ttl: 30 })).remaining).toEqual([]);
    expect(serialOf(path)).toBeGreaterThan(serial);
    expect(readFileSync(path, 'utf8')).toContain('web 30 IN A 10.0.0.1\nweb 30 IN A 10.0.0.2\n');
  });

  it('keeps texts with spaces, services and aliases as they are, and prunes what is not given', async () => {
    const path = join(folder, 'db.b');
    const records = [
      { name: 't', type: 'TXT', values: ['"two words"'] },
      { name: '_x._tcp', type: 'SRV', values: ['0 5 8443 web'] },
      { name: 'www', type: 'CNAME', values: ['web'] },
    ];
    expect((await runModule(dnsRecord, { path, zone: 'z', records })).remaining).toEqual([]);
    expect((await runModule(dnsRecord, { path, zone: 'z', records })).changed).toBe(false);
    const { changes } = await runModule(dnsRecord, { path, zone: 'z', records: records.slice(0, 2), prune: true });
    expect(changes).toEqual([{ key: 'www CNAME', before: '60 web', after: null }]);
  });

  it('only prunes when told so', async () => {
    const path = join(folder, 'db.f');
    const recordsOf = (name: string) => [{ name, type: 'A', values: ['10.0.0.1'] }];
    await runModule(dnsRecord, { path, zone: 'z', records: recordsOf('one') });
    const given = { path, zone: 'z', records: recordsOf('two'), prune: 'only' };
    const { changes, remaining } = await runModule(dnsRecord, given);
    expect([changes, remaining]).toEqual([[{ key: 'one A', before: '60 10.0.0.1', after: null }], []]);
    expect(readFileSync(path, 'utf8')).not.toMatch(/^(one|two) /m);
  });

  it('leaves names that are to be kept, but for an alias in their place', async () => {
    const path = join(folder, 'db.g');
    const recordOf = (name: string, type: string, value: string) => ({ name, type, values: [value] });
    const records = ['one', 'two', 'three'].map((name) => recordOf(name, 'A', '10.0.0.1'));
    await runModule(dnsRecord, { path, zone: 'z', records });
    const given = { path, zone: 'z', records: [recordOf('two', 'CNAME', 'one')], prune: 'yes', keep: ['one', 'two'] };
    expect((await runModule(dnsRecord, given)).remaining).toEqual([]);
    expect(readFileSync(path, 'utf8').match(/^(one|two|three) .*/gm)).toEqual([
      'one 60 IN A 10.0.0.1',
      'two 60 IN CNAME one',
    ]);
  });

  it('leaves a name that is given as an alias, or is none any more, nothing else, without being asked to prune', async () => {
    const path = join(folder, 'db.e');
    const web = (type: string, value: string) =>
      runModule(dnsRecord, { path, zone: 'z', name: 'web', type, values: [value] });
    await web('A', '10.0.0.1');
    await web('TXT', '"it"');
    await web('CNAME', 'other');
    expect(readFileSync(path, 'utf8').match(/^web .*/gm)).toEqual(['web 60 IN CNAME other']);
    expect((await web('A', '10.0.0.1')).remaining).toEqual([]);
    expect(readFileSync(path, 'utf8').match(/^web .*/gm)).toEqual(['web 60 IN A 10.0.0.1']);
  });

  it('does not touch a zone of somebody else’s', async () => {
    const path = join(folder, 'db.c');
    writeFileSync(path, '@ IN SOA a b 1 2 3 4 5\n');
    const args = { path, zone: 'z', name: 'a', type: 'A', values: ['10.0.0.1'] };
    await expect(runModule(dnsRecord, args)).rejects.toThrow(`${path} was not written by mesh-play`);
  });

  it('keeps the old zone when the new one is refused', async () => {
    const path = join(folder, 'db.d');
    const args = { path, zone: 'z', name: 'a', type: 'A', values: ['10.0.0.1'] };
    await runModule(dnsRecord, args);
    const before = readFileSync(path, 'utf8');
    await expect(runModule(dnsRecord, { ...args, values: ['10.0.0.2'], validate: 'false %s' })).rejects.toThrow(
      'was refused by',
    );
    expect(readFileSync(path, 'utf8')).toBe(before);
  });
});
