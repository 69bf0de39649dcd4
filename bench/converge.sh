#!/bin/sh
# What an experienced administrator writes by hand for the same 46 items as site/: looks before it changes, says what it
# changed. Sent to each host as `ssh host sh -s < converge.sh`.
set -eu
changed=0
restart=no
say() { changed=$((changed + 1)); echo "changed: $1"; }

packages() {
  missing=
  for package; do
    case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true) in
    installed) ;;
    *) missing="$missing $package" ;;
    esac
  done
  if [ -n "$missing" ]; then
    DEBIAN_FRONTEND=noninteractive apt-get install -y $missing >/dev/null
    say "packages$missing"
  fi
}

group() { getent group "$1" >/dev/null || { groupadd "$1"; say "group $1"; }; }

user() { # name group shell
  if ! entry=$(getent passwd "$1"); then
    useradd -M -g "$2" -s "$3" "$1"
    say "user $1"
  elif [ "${entry##*:}" != "$3" ] || [ "$(id -gn "$1")" != "$2" ]; then
    usermod -g "$2" -s "$3" "$1"
    say "user $1"
  fi
}

owned() { # path owner group mode
  if [ "$(stat -c '%U %G %a' "$1")" != "$2 $3 $4" ]; then
    chown "$2:$3" "$1"
    chmod "$4" "$1"
    say "owner and mode of $1"
  fi
}

folder() { # path owner group mode
  [ -d "$1" ] || { mkdir -p "$1"; say "folder $1"; }
  owned "$@"
}

file() { # path owner group mode, content on standard input
  cat >"$1.new"
  if [ -e "$1" ] && cmp -s "$1.new" "$1"; then
    rm "$1.new"
  else
    mv "$1.new" "$1"
    say "file $1"
    [ "${5-}" != restarts ] || restart=yes
  fi
  owned "$1" "$2" "$3" "$4"
}

line() { # path pattern line
  if ! grep -qxF -- "$3" "$1"; then
    if [ -n "$2" ] && grep -q "$2" "$1"; then sed -i "s#$2.*#$3#" "$1"; else echo "$3" >>"$1"; fi
    say "line in $1"
  fi
}

kernel() { # key value
  line /etc/sysctl.d/90-bench.conf "^$1 *=" "$1=$2"
  if [ "$(sysctl -n "$1")" != "$2" ]; then
    sysctl -w "$1=$2" >/dev/null
    say "sysctl $1"
  fi
}

link() { # path target
  [ "$(readlink "$1" || true)" = "$2" ] || { ln -sfn "$2" "$1"; say "link $1"; }
}

started() { systemctl is-active -q "$1" || { systemctl start "$1"; say "unit $1"; }; }
enabled() { systemctl is-enabled -q "$1" || { systemctl enable -q "$1"; say "unit $1 enabled"; }; }

packages ca-certificates curl openssl procps sudo
group deploy
group metrics
group backup-readers
user deployer deploy /bin/sh
user prober metrics /usr/sbin/nologin
user archiver backup-readers /usr/sbin/nologin
for path in /srv/releases /srv/shared /srv/backup /etc/bench /var/lib/bench-cache; do folder $path root deploy 750; done
file /etc/motd root root 644 <<EOF
@HOST@ is looked after by a playbook.
group deploy
group metrics
group backup-readers
EOF
file /etc/security/limits.d/bench.conf root root 644 <<EOF
deployer soft nofile 65536
deployer hard nofile 65536
prober soft nofile 65536
prober hard nofile 65536
archiver soft nofile 65536
archiver hard nofile 65536
EOF
tab=$(printf '\t')
line /etc/login.defs '^PASS_MAX_DAYS[[:space:]]' "PASS_MAX_DAYS${tab}365"
line /etc/login.defs '^PASS_MIN_DAYS[[:space:]]' "PASS_MIN_DAYS${tab}1"
line /etc/login.defs '^PASS_WARN_AGE[[:space:]]' "PASS_WARN_AGE${tab}14"
line /etc/login.defs '^UMASK[[:space:]]' "UMASK${tab}027"
[ -e /etc/sysctl.d/90-bench.conf ] || : >/etc/sysctl.d/90-bench.conf
kernel net.ipv4.tcp_syncookies 1
kernel net.ipv4.conf.all.rp_filter 2
kernel net.ipv4.icmp_echo_ignore_broadcasts 1
if ! grep -q '^# BEGIN ANSIBLE MANAGED BLOCK' /etc/hosts; then
  printf '# BEGIN ANSIBLE MANAGED BLOCK\n10.88.0.1 controller\n10.88.0.250 archive\n# END ANSIBLE MANAGED BLOCK\n' >>/etc/hosts
  say "block in /etc/hosts"
fi
started ssh.service
started systemd-journald.service

packages iproute2 nftables
@FILES@
for site in shop:8081 blog:8082 docs:8083 status:8084; do
  file "/etc/bench/${site%:*}.conf" root deploy 640 restarts <<EOF
[site]
name = ${site%:*}
listen = 127.0.0.1:${site#*:}
root = /srv/releases/current
serve = index.html
serve = robots.txt
serve = humans.txt
serve = style.css
serve = app.js
EOF
done
for name in current previous next; do link /srv/releases/$name /srv/shared; done
enabled bench-site.service
started bench-site.service
for name in migrated seeded; do
  [ -e /srv/backup/$name ] || { touch /srv/backup/$name; say "marker $name"; }
done
uname -r >/dev/null
[ -L /srv/releases/current ]
line /etc/profile '' 'export RELEASES=/srv/releases'
folder /var/lib/bench deployer deploy 750
if [ $restart = yes ]; then
  systemctl daemon-reload
  systemctl restart bench-site.service
fi
echo "changed=$changed"
