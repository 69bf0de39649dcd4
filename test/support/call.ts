import { onHost } from './lab.ts';

/** A call of service1 on vm1 to service2, through both sidecars; prints the status of the answer. */
export const CALL =
  "ip netns exec mesh-service1 runuser -u service1 -- curl -s -m 3 -o /dev/null -w '%{http_code}' http://service2.mesh.internal/api/hello";

/** What that call is answered. */
export const called = async (): Promise<string> => (await onHost('vm1', CALL)).out;
