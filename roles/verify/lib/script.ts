import type { Controller } from 'mesh-play';

/** The text of one of the role's files, to be run on a host. */
export async function scriptOf(controller: Controller, name: string): Promise<string> {
  return (await controller.file(await controller.find('files', name))).text ?? '';
}
