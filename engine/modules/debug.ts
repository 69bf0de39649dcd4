import { defineController, type Evaluator, Problem, type Value } from '../module.ts';

interface Args {
  msg?: Value;
  var?: string;
  verbosity?: number;
}

/** Prints a message or the value of a variable. */
export default defineController<Args>({
  name: 'debug',
  description: 'Prints a message or the value of a variable.',
  setsNothing: true,
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      msg: { type: 'any', description: 'What to print. Default: Hello world!', examples: ['{{ item }} is done'] },
      var: {
        type: 'string',
        description: 'A variable, or any expression without braces.',
        examples: ['ansible_facts'],
      },
      verbosity: { type: 'integer', default: 0, description: 'Print only with at least this many -v.' },
    },
    mutuallyExclusive: [['msg', 'var']],
  },
  examples: `- debug:
    var: ansible_facts.distribution

- debug:
    msg: "{{ inventory_hostname }} has {{ ansible_facts.memtotal_mb }} MB"
    verbosity: 2
`,
  evaluate: async ({ msg, var: expression, verbosity = 0 }, evaluator, controller) => {
    if (verbosity > controller.verbosity) return { skipped: 'Verbosity threshold not met.' };
    if (expression === undefined) return { returns: { msg: msg ?? 'Hello world!' } };
    return { returns: { [expression]: valueIn(expression, evaluator) } };
  },
});

/** An undefined variable is an answer to a person who looks for it, not a failure. */
function valueIn(expression: string, evaluator: Evaluator): Value {
  try {
    return evaluator.evaluate(expression);
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code.startsWith('undefined')) return `<< error 1 - ${thrown.what} >>`;
    throw thrown;
  }
}
