import type { YAMLException } from 'js-yaml';
import { Problem } from '../problem.ts';
import type { Source } from './node.ts';
import { placeAt } from './place.ts';

/** A syntax error in the words of a person, with what usually mends it. */
export function syntaxProblem(source: Source, thrown: YAMLException): Problem {
  const at = placeAt(source, thrown.mark?.position ?? 0);
  const line = at.text ?? '';
  if (/tab characters/.test(thrown.reason) || /^ *\t/.test(line)) {
    const tab = Math.max(0, line.indexOf('\t'));
    return new Problem({
      code: 'yaml-tab',
      what: 'a tab in the indentation; YAML takes spaces only',
      at: { ...at, column: tab + 1 },
      mend: 'replace the tab by spaces',
    });
  }
  const mend = /:\s*\{\{/.test(line)
    ? 'put the whole value in double quotes: "{{ … }}"'
    : /:\s+[^'"[{|>&*!].*:\s/.test(line)
      ? 'quote the value: a colon and a space inside it start a new key'
      : /^bad indentation of a (mapping|sequence) entry/.test(thrown.reason)
        ? 'begin it in the same column as what stands beside it in the lines above'
        : undefined;
  return new Problem({ code: 'yaml-syntax', what: `this is not valid YAML: ${thrown.reason}`, at, mend });
}
