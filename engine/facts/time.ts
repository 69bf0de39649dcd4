import { lines, type Part } from './part.ts';

/** The host's own clock and load. */
export const time: Part = {
  subsets: ['min', 'date_time'],
  script: `s date; date '+%Y %m %d %H %M %S %s %A %w %Z %z %W'; date -u '+%Y-%m-%dT%H:%M:%S %N'
s uptime; cat /proc/uptime /proc/loadavg`,
  parse: (section) => {
    const [local = '', utc = ''] = lines(section('date'));
    const [
      year = '',
      month = '',
      day = '',
      hour = '',
      minute = '',
      second = '',
      epoch = '',
      weekday = '',
      number = '',
      tz = '',
      offset = '',
      week = '',
    ] = local.split(' ');
    const [iso = '', nanos = '0'] = utc.split(' ');
    const micros = nanos.slice(0, 6).padEnd(6, '0');
    const [uptime = '', load = ''] = lines(section('uptime'));
    const [one = 0, five = 0, fifteen = 0] = load.split(' ').slice(0, 3).map(Number);
    return {
      date_time: {
        year,
        month,
        day,
        hour,
        minute,
        second,
        epoch,
        epoch_int: epoch,
        weekday,
        weekday_number: number,
        weeknumber: week,
        date: `${year}-${month}-${day}`,
        time: `${hour}:${minute}:${second}`,
        tz,
        tz_offset: offset,
        iso8601: `${iso}Z`,
        iso8601_micro: `${iso}.${micros}Z`,
        iso8601_basic: `${year}${month}${day}T${hour}${minute}${second}${micros}`,
        iso8601_basic_short: `${year}${month}${day}T${hour}${minute}${second}`,
      },
      uptime_seconds: Math.floor(Number(uptime.split(' ')[0] ?? 0)),
      loadavg: { '1m': one, '5m': five, '15m': fifteen },
    };
  },
};
