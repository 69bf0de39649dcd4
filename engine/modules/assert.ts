import { defineController, type Evaluator, Problem, type Value } from '../module.ts';

interface Args {
  that: Value;
  fail_msg: Value;
  success_msg: Value;
  quiet: boolean;
}

/** Fails unless every condition holds. */
export default defineController<Args>({
  name: 'assert',
  description: 'Fails unless every condition holds, and names the first that does not.',
  setsNothing: true,
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['that'],
    properties: {
      that: { type: 'any', description: 'A condition as `when` takes it, or a list of them.', examples: ['x > 1'] },
      fail_msg: {
        type: 'any',
        default: 'Assertion failed',
        aliases: ['msg'],
        description: 'What to say when one does not hold: a text or a list of texts.',
      },
      success_msg: { type: 'any', default: 'All assertions passed', description: 'What to say when all hold.' },
      quiet: { type: 'boolean', default: false, description: 'Say nothing of the conditions that hold.' },
    },
  },
  examples: `- assert:
    that:
      - mesh_zone is defined
      - mesh_zone is match('[a-z.]+$')
    fail_msg: mesh_zone must be a DNS name
`,
  evaluate: async ({ that, fail_msg: failMessage, success_msg: successMessage }, evaluator) => {
    const conditions = Array.isArray(that) ? that : [that];
    for (const condition of conditions) {
      if (holds(condition, evaluator)) continue;
      const said = Array.isArray(failMessage) ? failMessage.map(String).join('; ') : String(failMessage);
      return {
        failed: `${said}: ${String(condition)}`,
        returns: { assertion: condition, evaluated_to: false, msg: failMessage },
      };
    }
    return { returns: { msg: successMessage } };
  },
});

function holds(condition: Value, evaluator: Evaluator): boolean {
  if (typeof condition === 'string' || typeof condition === 'boolean') return evaluator.holds(condition);
  throw new Problem({
    code: 'wrong-argument',
    what: `assert takes conditions for "that", not ${JSON.stringify(condition)}`,
    mend: 'write each condition as a text',
  });
}
