/** The parts of playbooks/backup.yml that are about these hosts. */
export const backupOf = (hosts: string): string => `- hosts: localhost
  tasks: [import_role: {name: backup, tasks_from: folder}]
- hosts: ${hosts}
  roles: [backup]
- hosts: localhost
  tasks: [import_role: {name: backup, tasks_from: manifest}]
`;

/** The parts of playbooks/restore.yml that are about these hosts. */
export const restoreOf = (hosts: string): string => `- hosts: localhost
  tasks: [import_role: {name: backup, tasks_from: check}]
${restored(hosts, 'restore')}`;

/** One part of it, with what was checked. */
export const restored = (hosts: string, part: string): string => `- hosts: ${hosts}
  any_errors_fatal: true
  tasks:
    - import_role: {name: backup, tasks_from: ${part}}
      vars: {backup_manifest: "{{ hostvars['localhost'].backup_checked }}"}
`;
