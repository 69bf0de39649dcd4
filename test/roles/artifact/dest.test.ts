import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');

it('where products are laid is said in one place: artifact_dest', () => {
  const said = ['roles', 'playbooks']
    .flatMap((folder) =>
      (readdirSync(join(ROOT, folder), { recursive: true }) as string[]).map((name) => join(folder, name)),
    )
    .filter((file) => !file.endsWith('.md') && statSync(join(ROOT, file)).isFile())
    .flatMap((file) =>
      readFileSync(join(ROOT, file), 'utf8')
        .split('\n')
        .map((line) => `${file}: ${line.trim()}`),
    )
    .filter((line) => line.includes('/opt') && !line.includes('examples: ['));
  expect(said).toEqual(['roles/artifact/defaults/main.yml: artifact_dest: /opt']);
});
