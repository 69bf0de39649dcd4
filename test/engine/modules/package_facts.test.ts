import { expect, it } from 'vitest';
import { resolveArguments } from '../../../engine/arguments.ts';
import packageFacts from '../../../engine/modules/package_facts.ts';
import type { Mapping } from '../../../engine/value.ts';
import { type Call, FakeHost } from '../../support/fake.ts';
import { controllerFor } from '../../support/module.ts';
import { thrownBy } from '../../support/thrown.ts';

async function asked(given: Mapping, answers: Call['answer'][], warned: string[] = []) {
  const host = new FakeHost(answers.map((answer) => ({ script: /dpkg-query/, args: [], answer: answer ?? {} })));
  const outcome = await packageFacts.ask(
    host,
    resolveArguments(packageFacts, given, undefined) as never,
    controllerFor({ warn: (text) => void warned.push(text) }),
  );
  host.done();
  return outcome;
}

/** Of a Debian 12 host with i386 beside amd64, cut. */
const LISTED = `amd64
installed adduser 3.134 all admin
config-files cron 3.0pl1-162 amd64 admin
installed libc6 2.36-9+deb12u14 amd64 libs
installed libc6 2.36-9+deb12u14 i386 libs
installed locallo 1 all 
unpacked pgbouncer 1.24.0-1.pgdg12+1 amd64 contrib/database
@sources
Package files:
 100 /var/lib/dpkg/status
     release a=now
 500 http://apt.example.org/pub bookworm-pgdg/main amd64 Packages
     release o=apt.example.org,a=bookworm-pgdg,n=bookworm-pgdg,l=PG,c=main,b=amd64
     origin apt.example.org
 500 http://deb.example.org/debian bookworm/main amd64 Packages
     release v=12.15,o=Debian,a=oldstable,n=bookworm,l=Debian,c=main,b=amd64
     origin deb.example.org
Pinned packages:
@policy
adduser:
  Installed: 3.134
  Candidate: 3.134
  Version table:
 *** 3.134 500
        500 http://deb.example.org/debian bookworm/main amd64 Packages
        100 /var/lib/dpkg/status
libc6:
  Installed: 2.36-9+deb12u14
  Candidate: 2.36-9+deb12u15
  Version table:
     2.36-9+deb12u15 500
        500 http://apt.example.org/pub bookworm-pgdg/main amd64 Packages
 *** 2.36-9+deb12u14 500
        500 http://deb.example.org/debian bookworm/main amd64 Packages
        100 /var/lib/dpkg/status
libc6:i386:
  Installed: 2.36-9+deb12u14
  Candidate: 2.36-9+deb12u14
  Version table:
 *** 2.36-9+deb12u14 100
        100 /var/lib/dpkg/status
locallo:
  Installed: 1
  Candidate: 1
  Version table:
 *** 1 100
        100 /var/lib/dpkg/status
pgbouncer:
  Installed: 1.24.0-1.pgdg12+1
  Candidate: 1.24.0-1.pgdg12+1
  Version table:
 *** 1.24.0-1.pgdg12+1 -1
         -1 http://apt.example.org/pub bookworm-pgdg/main amd64 Packages
        100 /var/lib/dpkg/status
`;

const of = (name: string, version: string, arch: string, category: string, origin: string) => [
  { name, version, arch, category, origin, source: 'apt' },
];

// As ansible-core's module has it by python3-apt.
it('reads what is installed, for each architecture, and whose it is', async () => {
  const { facts, returns } = await asked({}, [{ stdout: LISTED }]);
  expect(returns).toEqual({ ansible_facts: facts });
  expect(facts?.['packages']).toEqual({
    adduser: of('adduser', '3.134', 'all', 'admin', 'Debian'),
    libc6: of('libc6', '2.36-9+deb12u14', 'amd64', 'libs', 'Debian'),
    'libc6:i386': of('libc6:i386', '2.36-9+deb12u14', 'i386', 'libs', ''),
    locallo: of('locallo', '1', 'all', '', ''),
    pgbouncer: of('pgbouncer', '1.24.0-1.pgdg12+1', 'amd64', 'contrib/database', 'apt.example.org'),
  });
});

it('asks apt beside a manager that it cannot ask, and fails where there is none', async () => {
  const warned: string[] = [];
  expect((await asked({ manager: ['rpm', 'apt'] }, [{ stdout: LISTED }], warned)).facts).toBeDefined();
  expect(warned).toEqual(['package_facts cannot ask rpm yet']);
  const none = 'none of these package managers can be asked on this host:';
  expect((await thrownBy(asked({ manager: 'rpm' }, []))).what).toBe(`${none} rpm`);
  expect((await thrownBy(asked({}, [{ status: 127 }]))).what).toBe(`${none} auto`);
  expect((await thrownBy(asked({}, [{ status: 2, stderr: 'dpkg is locked\n' }]))).details).toEqual(['dpkg is locked']);
});
