/** A template's text as Jinja reads it: without the line end it ends in. */
export const withoutLastNewline = (text: string): string => text.replace(/(?:\r\n|\r|\n)$/, '');

const lineEnds = (text: string): number => /\n*$/.exec(text)?.[0].length ?? 0;

/** What was rendered, with as many line ends at its end as the template has, as Ansible adds them. */
export function withLastNewlines(rendered: string, template: string): string {
  return rendered + '\n'.repeat(Math.max(0, lineEnds(template.replaceAll('\r\n', '\n')) - lineEnds(rendered)));
}
