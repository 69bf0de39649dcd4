import { describe, expect, it } from 'vitest';
import { formatProblem, Problem } from '../../../engine/problem.ts';
import { databaseOf, passfile } from '../../../roles/spire/lib/database.ts';

const OF_ALL = { PGHOST: 'localhost', PGSSLMODE: 'require', PGCONNECT_TIMEOUT: '5' };

/** What a connection string says, beside what all have that do not say otherwise. */
function settings(connection: string): Record<string, string> {
  const { environment, password } = databaseOf(connection);
  const own = Object.entries(environment).filter(([key, value]) =>
    Object.entries(OF_ALL).every((pair) => pair.join() !== `${key},${value}`),
  );
  return { ...Object.fromEntries(own), ...(password === '' ? {} : { password }) };
}

describe('a connection string of PostgreSQL', () => {
  it('is read as words, quoted or not', () => {
    expect(
      settings(`host=192.0.2.5 dbname=spire  user = spire password='it\\'s "a\\\\ b' sslmode=verify-full`),
    ).toEqual({
      PGHOST: '192.0.2.5',
      PGDATABASE: 'spire',
      PGUSER: 'spire',
      PGSSLMODE: 'verify-full',
      password: `it's "a\\ b`,
    });
    expect(settings("host=/run/postgresql password=a\\ b user=''\n")).toEqual({
      PGHOST: '/run/postgresql',
      password: 'a b',
    });
  });

  it('is read as an address', () => {
    expect(settings('postgresql://spire:p%40ss@w:rd@db1.example:5433/mesh?sslmode=require&search_path=a+b')).toEqual({
      PGHOST: 'db1.example',
      PGPORT: '5433',
      PGDATABASE: 'mesh',
      PGUSER: 'spire',
      PGOPTIONS: '-csearch_path=a\\ b',
      password: 'p@ss@w:rd',
    });
    expect(settings('postgres://[2001:db8::1],db2:6432/spire')).toEqual({
      PGHOST: '2001:db8::1,db2',
      PGPORT: '5432,6432',
      PGDATABASE: 'spire',
    });
  });

  it('leaves out what libpq does not know, and names the files it takes', () => {
    const connection =
      'host=a binary_parameters=yes sslrootcert=/etc/spire/ca.pem sslkey=/k sslcert=relative connect_timeout=9';
    expect(settings(connection)).toEqual({
      PGHOST: 'a',
      PGSSLROOTCERT: '/etc/spire/ca.pem',
      PGSSLKEY: '/k',
      PGSSLCERT: 'relative',
      PGCONNECT_TIMEOUT: '9',
    });
    expect(databaseOf(connection).files).toEqual(['/k', '/etc/spire/ca.pem']);
  });

  it('is taken as SPIRE takes it where it says nothing', () => {
    expect(databaseOf('dbname=spire').environment).toEqual({ ...OF_ALL, PGDATABASE: 'spire' });
  });

  it('has its password in the file that PostgreSQL reads, colons and backslashes as that wants them', () => {
    expect(passfile(databaseOf(String.raw`password='a:b\\c'`))).toBe(String.raw`*:*:*:*:a\:b\\c` + '\n');
    expect(passfile(databaseOf('host=a'))).toBe('');
  });

  it('is shown nowhere when it is none', () => {
    for (const wrong of ["password='secret", 'secret', 'postgres://u:secret@a:b:c/d', 'postgres://u:%zzsecret@a/d']) {
      const said = (): string => {
        try {
          return JSON.stringify(databaseOf(wrong));
        } catch (thrown) {
          return thrown instanceof Problem ? formatProblem(thrown) : String(thrown);
        }
      };
      expect(said()).toBe(
        "spire_database is no connection string of PostgreSQL\n  mend: write it as host=… dbname=… user=… password='…', with a backslash before a quote or a backslash, or as postgres://…",
      );
    }
  });
});
