import type { Mapping } from '../value.ts';
import type { RoleUse } from './model.ts';

/** `namespace.collection` of the collection that a role's folder is in. */
export const collectionOf = (path: string): string | undefined =>
  /\/ansible_collections\/(\w+)\/(\w+)\/roles\//.exec(path)?.slice(1, 3).join('.');

/** The names a role goes by in front of its handlers and tasks: the one without its collection first. */
export function roleNames(role: RoleUse | undefined): string[] {
  if (!role) return [];
  return role.collection === undefined ? [role.name] : [role.name.slice(role.collection.length + 1), role.name];
}

/** Where a role's tasks look for files, templates and variables: in its folder, then in those of the roles around it. */
export const searchedIn = (role: Pick<RoleUse, 'path' | 'outer'> | undefined): string[] =>
  role ? [role.path, ...(role.outer ?? [])] : [];

/** Magic variables about the role a task belongs to. */
export function roleMagic(role: RoleUse | undefined): Mapping {
  if (!role) return {};
  const { name, collection, path, parents } = role;
  return {
    role_name: roleNames(role)[0] ?? name,
    ansible_role_name: name,
    ansible_collection_name: collection ?? null,
    role_path: path,
    ...(parents?.length
      ? {
          ansible_parent_role_names: parents.map((one) => one.name),
          ansible_parent_role_paths: parents.map((one) => one.path),
        }
      : {}),
  };
}
