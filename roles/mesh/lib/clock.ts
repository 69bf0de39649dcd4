/** How a host's clock stands to the controller's. Seconds; what a round trip leaves open is `within`. */
export interface Reading {
  host: string;
  ahead: number;
  within: number;
}

/** What is let pass. Seconds. */
export interface Bounds {
  /** Between a host and the host whose clock certificates are signed by. */
  host: number;
  /** Between a host and the controller. */
  controller: number;
}

/** One line for each clock that is off by more than is let pass. `signer` is the host that signs. */
export function clockFaults(readings: readonly Reading[], signer: string, bounds: Bounds): string[] {
  const own = readings.find(({ host }) => host === signer);
  return readings.flatMap((reading) => {
    const { host } = reading;
    const far = own === undefined || host === signer ? undefined : between(reading, own);
    if (far !== undefined && isOff(far, bounds.host))
      return [`the clock of ${host} is ${words(far.ahead)} that of ${signer}, whose SPIRE server signs`];
    return isOff(reading, bounds.controller)
      ? [`the clock of ${host} is ${words(reading.ahead)} the controller's`]
      : [];
  });
}

type Distance = Omit<Reading, 'host'>;

const between = (one: Reading, other: Reading): Distance => ({
  ahead: one.ahead - other.ahead,
  within: one.within + other.within,
});

/** Only what a slow connection cannot have feigned. */
const isOff = ({ ahead, within }: Distance, most: number): boolean => Math.abs(ahead) - within > most;

const words = (ahead: number): string => `${inUnits(Math.abs(ahead))} ${ahead < 0 ? 'behind' : 'ahead of'}`;

function inUnits(seconds: number): string {
  if (seconds >= 2 * 86400) return `${Math.round(seconds / 86400)} d`;
  if (seconds >= 2 * 3600 - 60) return `${Math.round(seconds / 3600)} h`;
  return seconds >= 120 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds)} s`;
}
