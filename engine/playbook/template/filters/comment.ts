import { filter } from '../environment.ts';
import { numberOf, str, textOf, UseProblem } from '../python.ts';

/** What Ansible's comment filter puts before and after, by style. */
const STYLES: Record<string, { decoration: string; beginning?: string; end?: string }> = {
  plain: { decoration: '# ' },
  erlang: { decoration: '% ' },
  c: { decoration: '// ' },
  cblock: { decoration: ' * ', beginning: '/*', end: ' */' },
  xml: { decoration: ' - ', beginning: '<!--', end: '-->' },
};

/** Ansible's comment: each line behind its mark, with lines before and after them. */
export const comment = filter(
  'style decoration newline beginning prefix prefix_count postfix postfix_count end',
  (value, { style = 'plain', newline: line = '\n', prefix_count: before = 1, postfix_count: after = 1, ...given }) => {
    const chosen = STYLES[str(style)];
    if (!chosen) throw new UseProblem(`there is no comment style "${str(style)}"`);
    const text = textOf(value);
    const mark = str(given['decoration'] ?? chosen.decoration);
    const [beginning, end] = [str(given['beginning'] ?? chosen.beginning ?? ''), str(given['end'] ?? chosen.end ?? '')];
    const [prefix, postfix] = [str(given['prefix'] ?? mark.trimEnd()), str(given['postfix'] ?? mark.trimEnd())];
    const marked = (mark + text.replaceAll(line, line + mark)).replaceAll(mark + line, mark.trimEnd() + line);
    return [
      beginning && beginning + line,
      (prefix && (prefix === line ? line : prefix + line)).repeat(numberOf(before)),
      marked,
      (postfix && line + postfix).repeat(numberOf(after)),
      end && line + end,
    ].join('');
  },
);
