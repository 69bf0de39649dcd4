import type { Mapping } from '../value.ts';
import { lines, type Part, pairs } from './part.ts';

const megabytes = (kilobytes: string | undefined): number =>
  Math.floor(Number((kilobytes ?? '0').split(' ')[0]) / 1024);

/** Processors, memory, mounts. */
export const hardware: Part = {
  subsets: ['hardware', 'mounts', 'devices'],
  script: `s cpuinfo; cat /proc/cpuinfo
s nproc; nproc 2>/dev/null
s meminfo; cat /proc/meminfo
s mounts; cat /proc/self/mounts
s sizes; df -P -k 2>/dev/null; echo @; df -P -i 2>/dev/null
s dmi; cd /sys/class/dmi/id 2>/dev/null && for f in product_name product_version sys_vendor bios_version bios_date; do [ -r $f ] && line $f && printf '%s=%s\\n' $f "$line"; done`,
  parse: (section) => ({
    ...processors(section('cpuinfo'), section('nproc')),
    ...memory(section('meminfo')),
    mounts: mounts(section('mounts'), section('sizes')),
    ...dmi(section('dmi')),
  }),
};

function processors(cpuinfo: string, nproc: string): Mapping {
  const cpus = cpuinfo
    .split(/\n\n+/)
    .map((block) => pairs(block, ':'))
    .filter((cpu) => 'processor' in cpu);
  const sockets = new Set(cpus.map((cpu) => cpu['physical id'] ?? '0')).size || 1;
  const cores = Number(cpus[0]?.['cpu cores'] ?? Math.max(1, cpus.length / sockets));
  const threads = Math.max(1, Math.round(Number(cpus[0]?.['siblings'] ?? cores) / cores));
  return {
    processor: cpus.flatMap((cpu) =>
      [cpu['processor'], cpu['vendor_id'], cpu['model name']].filter((part) => part !== undefined),
    ),
    processor_count: sockets,
    processor_cores: cores,
    processor_threads_per_core: threads,
    processor_vcpus: threads * sockets * cores,
    processor_nproc: Number(nproc.trim() || cpus.length),
  };
}

function memory(meminfo: string): Mapping {
  const found = pairs(meminfo, ':');
  const [total, free] = [megabytes(found['MemTotal']), megabytes(found['MemFree'])];
  const [swap, swapFree] = [megabytes(found['SwapTotal']), megabytes(found['SwapFree'])];
  const cached = megabytes(found['Cached']) + megabytes(found['Buffers']);
  return {
    memtotal_mb: total,
    memfree_mb: free,
    swaptotal_mb: swap,
    swapfree_mb: swapFree,
    memory_mb: {
      real: { total, used: total - free, free },
      nocache: { free: free + cached, used: total - free - cached },
      swap: { total: swap, used: swap - swapFree, free: swapFree, cached: megabytes(found['SwapCached']) },
    },
  };
}

/** Octal escapes of /proc/self/mounts: proc(5). */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

function mounts(table: string, sizes: string): Mapping[] {
  const [blocks = '', inodes = ''] = sizes.split('\n@\n');
  const used = (text: string): Map<string, number[]> =>
    new Map(
      lines(text).flatMap((line) => {
        const found = /^.*?\s(\d+)\s+(\d+)\s+(\d+)\s+\S+\s+(\/.*)$/.exec(line);
        return found ? [[found[4] ?? '', found.slice(1, 4).map(Number)] as const] : [];
      }),
    );
  const [size, inode] = [used(blocks), used(inodes)];
  return lines(table).flatMap((line) => {
    const [device = '', mount = '', fstype = '', options = '', dump = '0', pass = '0'] = line.split(' ').map(unescaped);
    if (!device.startsWith('/') && !/^\S+:\//.test(device) && fstype !== 'overlay') return [];
    const [total, , available] = size.get(mount) ?? [];
    const [inodes, inodesUsed, inodesFree] = inode.get(mount) ?? [];
    return [
      {
        mount,
        device,
        fstype,
        options,
        dump: Number(dump),
        passno: Number(pass),
        ...(total === undefined || available === undefined
          ? {}
          : {
              block_size: 1024,
              block_total: total,
              block_available: available,
              block_used: total - available,
              size_total: total * 1024,
              size_available: available * 1024,
            }),
        ...(inodes === undefined
          ? {}
          : { inode_total: inodes, inode_used: inodesUsed ?? 0, inode_available: inodesFree ?? 0 }),
      },
    ];
  });
}

function dmi(text: string): Mapping {
  const { product_name, product_version, sys_vendor, bios_version, bios_date } = pairs(text, '=');
  const of = (value: string | undefined): string => value || 'NA';
  return {
    product_name: of(product_name),
    product_version: of(product_version),
    system_vendor: of(sys_vendor),
    bios_version: of(bios_version),
    bios_date: of(bios_date),
  };
}
