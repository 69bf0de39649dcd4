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

/** A record read back; undefined for anything else, which is then nobody's to remove. */
export function parseRecord(text: string): Record | undefined {
  const value = JSON.parse(text) as Partial<Record>;
  const { name, unit, made_unit: madeUnit, user, made_user: madeUser } = value;
  if (name === undefined || unit === undefined || user === undefined) return undefined;
  return { name, unit, made_unit: madeUnit === true, user, made_user: madeUser === true };
}
