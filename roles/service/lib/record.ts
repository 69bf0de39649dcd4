import { Problem } from 'mesh-play';

/** What a host remembers of a service it runs, so that all of it can be taken away when its stanza is gone. */
export interface Record {
  name: string;
  unit: string;
  /** The unit was made here, and is not the user's own. */
  made_unit: boolean;
  user: string;
  /** The user was not there before. */
  made_user: boolean;
}

export const folderOf = (name: string): string => `/etc/mesh/${name}`;
export const recordPath = (name: string): string => `${folderOf(name)}/service.json`;
export const recordText = (record: Record): string => `${JSON.stringify(record)}\n`;

function parsed(name: string, text: string): Partial<Record> | null {
  try {
    return JSON.parse(text) as Partial<Record> | null;
  } catch (cause) {
    const example = recordText({ name, unit: 'UNIT', made_unit: true, user: 'USER', made_user: true }).trim();
    throw new Problem({
      code: 'broken-record',
      what: `the record ${recordPath(name)} is no JSON: "${text.trim().slice(0, 60)}"`,
      why: `it alone knows what was made for that service, and goes with it (${(cause as Error).message})`,
      mend: `write it anew as one line ${example}; made_unit: the unit was made of "command"; made_user: the user was not there before, and may be removed`,
    });
  }
}

/**
 * A record read back from the folder of a service; undefined for JSON of something else, which is then nobody's to remove.
 * @throws Problem when it is no JSON: a service that cannot be read must not be taken for one that is not there.
 */
export function parseRecord(folder: string, text: string): Record | undefined {
  const { name, unit, made_unit: madeUnit, user, made_user: madeUser } = parsed(folder, text) ?? {};
  if (name === undefined || unit === undefined || user === undefined) return undefined;
  return { name, unit, made_unit: madeUnit === true, user, made_user: madeUser === true };
}
