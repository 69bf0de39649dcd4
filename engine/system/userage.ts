import type { Property } from '../property.ts';
import type { Change } from '../result.ts';

/** How old a password may get, in days. */
export interface AgeArgs {
  password_expire_min?: number;
  password_expire_max?: number;
  password_expire_warn?: number;
  password_expire_account_disable?: number;
}

/** Their part of a schema. */
export const AGE_ARGUMENTS = {
  password_expire_min: {
    type: 'integer',
    description: 'Days that must pass before the password may be changed again.',
  },
  password_expire_max: { type: 'integer', description: 'Days after which the password must be changed.' },
  password_expire_warn: { type: 'integer', description: 'Days before that on which the user is warned.' },
  password_expire_account_disable: {
    type: 'integer',
    description: 'Days after that from which on the account cannot be used.',
  },
} as const satisfies Record<string, Property>;

/** The field of shadow(5) and the option of chage(1) of each. */
const FIELDS = {
  password_expire_min: [3, '-m'],
  password_expire_max: [4, '-M'],
  password_expire_warn: [5, '-W'],
  password_expire_account_disable: [6, '-I'],
} as const;
const NAMES = Object.keys(FIELDS) as (keyof AgeArgs)[];

/** Whether any of it is asked for. */
export const hasAge = (args: AgeArgs): boolean => NAMES.some((name) => args[name] !== undefined);

/** What an entry of shadow(5) says, -1 where it says nothing. */
export const ageOf = (fields: readonly string[]): AgeArgs =>
  Object.fromEntries(NAMES.map((name) => [name, Number(fields[FIELDS[name][0]] || -1)]));

export const planAge = (age: AgeArgs, args: AgeArgs): Change[] =>
  NAMES.filter((name) => args[name] !== undefined && args[name] !== age[name]).map((name) => ({
    key: name,
    before: age[name] ?? null,
    after: args[name] as number,
  }));

/** The words of chage(1) for these changes; none when nothing changes. */
export const ageWords = (changes: readonly Change[]): string[] =>
  NAMES.flatMap((name) => {
    const change = changes.find(({ key }) => key === name);
    return change ? [FIELDS[name][1], String(change.after)] : [];
  });
