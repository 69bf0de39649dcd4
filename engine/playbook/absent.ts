import { defineController } from '../module.ts';
import { nearest, type Place, Problem } from '../problem.ts';
import { INCLUDES } from './words.ts';

/** Ansible's modules that are not here yet, and those of collections that playbooks still call by their short names. */
const ABSENT = new Set(
  `acl aix_devices alternatives apk apt_key apt_repository assemble async_status at authorized_key blkdiscard bower bundler
capabilities composer cpanm cronvar debconf deb822_repository dnf dnf5 docker_compose docker_container docker_image
docker_login docker_network docker_volume dpkg_divert dpkg_selections ec2 ec2_instance expect fetch filesystem
firewalld flatpak gather_facts gem git git_config github_release haproxy helm homebrew htpasswd ini_file interfaces_file
iptables java_cert jenkins_plugin k8s kernel_blacklist known_hosts launchd ldap_attr ldap_entry locale_gen lvg lvol
macports mail make modprobe monit mount mount_facts mysql_db mysql_query mysql_replication mysql_user mysql_variables nmcli npm
openbsd_pkg openssh_keypair openssl_certificate openssl_csr openssl_dhparam openssl_privatekey opkg pacman pam_limits
pamd parted patch pear pip pip_package_info pkgng portage postgresql_db postgresql_ext postgresql_ping postgresql_privs
postgresql_query postgresql_user rabbitmq_plugin rabbitmq_user rabbitmq_vhost read_csv reboot redis rhsm_repository
rpm_key runit seboolean sefcontext selinux selinux_permissive seport set_stats slack snap ssh_config
subversion supervisorctl svc synchronize sysvinit timezone ufw validate_argument_spec wait_for_connection x509_certificate
xattr xml yarn yum yum_repository zfs zypper zypper_repository`.split(/\s+/),
);

/** Whether it is a module of Ansible's, by its short name or by that of its collection, and no slip of the pen. */
export const isAbsent = (module: string): boolean => ABSENT.has(module) || /^\w+\.\w+\.\w[\w.]*$/.test(module);

const MEND = 'mesh-play doc lists those that are; a role may bring its own in modules/';

/** A module that nothing here answers to. `known`: those that are here. */
export function unknownModule(module: string, known: readonly string[], at: Place): Problem {
  const why = 'the modules of a file are looked up before its tasks run';
  if (module !== 'include' && isAbsent(module))
    return new Problem({ code: 'unknown-module', what: `the module "${module}" is not here yet`, at, why, mend: MEND });
  if (module.startsWith('{{'))
    return new Problem({
      code: 'unknown-module',
      what: 'a template cannot name a module here',
      at,
      why,
      mend: 'write a task for each module, with a when',
    });
  const near = module === 'include' ? 'include_tasks' : nearest(module, [...known, ...INCLUDES, ...ABSENT]);
  return new Problem({
    code: 'unknown-module',
    what: `there is no module "${module}"`,
    at,
    why,
    mend: near ? `did you mean "${near}"?` : 'mesh-play doc lists them all',
  });
}

/** Stands for a module of Ansible's that is not here, where a condition may skip its task: it fails where it is reached. */
export const absentModule = (module: string, at: Place): ReturnType<typeof defineController<Record<string, never>>> =>
  defineController<Record<string, never>>({
    name: module,
    description: 'Stands for a module that is not here yet.',
    schema: { type: 'object', additionalProperties: false, properties: {} },
    anyArgument: true,
    setsNothing: true,
    evaluate: async () => {
      throw new Problem({
        code: 'unknown-module',
        what: `the module "${module}" is not here yet`,
        at,
        why: 'what its task stands under is true on this host',
        mend: MEND,
      });
    },
  });
