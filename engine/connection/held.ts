/**
 * What a shell is told first: how to find out whether a command left something running that still holds the shell's
 * output, as `sh -c 'server &'` does. What such a program says would stand in the answers of the commands after it. Looks
 * at the processes that came since, by builtins alone (proc(5): the last word of loadavg is the newest process); without
 * /proc, or a `test` that knows -ef, nothing is found.
 */
export const HELD = `mp_last() { { read -r mp_x mp_x mp_x mp_x mp_n; } 2>/dev/null </proc/loadavg || mp_n=0; }
mp_holds() { [ "$1/fd/1" -ef "/proc/$$/fd/1" ] || [ "$1/fd/2" -ef "/proc/$$/fd/9" ]; }
mp_held() {
  mp_h=; mp_last
  if [ "$mp_n" -lt "$1" ] || [ $((mp_n - $1)) -gt 5000 ]; then
    for mp_x in /proc/[0-9]*; do
      if [ "\${mp_x#/proc/}" -gt "$1" ] && mp_holds "$mp_x"; then mp_h=held; return; fi
    done
  else
    while [ "$mp_n" -gt "$1" ]; do
      if mp_holds "/proc/$mp_n"; then mp_h=held; return; fi
      mp_n=$((mp_n - 1))
    done
  fi
} 9>&2 2>/dev/null
`;

/** Before a command, and after it: leaves `held` in mp_h where something it left holds the output. */
export const BEFORE = 'mp_last; mp_b=$mp_n';
export const AFTER = 'mp_held "$mp_b"';
