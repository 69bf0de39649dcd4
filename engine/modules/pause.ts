import { type Controller, defineController } from '../module.ts';

interface Args {
  seconds?: number;
  minutes?: number;
  prompt?: string;
  echo: boolean;
}

/** Waits for a while, or until somebody at the terminal has answered. */
export default defineController<Args>({
  name: 'pause',
  description:
    'Waits for a while, or for an answer at the terminal. Without a terminal it does not wait for one. Ctrl-C ends the run.',
  once: true,
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      seconds: { type: 'number', description: 'How long to wait, one second at least; fractions are cut off.' },
      minutes: { type: 'number', description: 'How long to wait, in minutes; fractions are cut off.' },
      prompt: {
        type: 'string',
        description: 'What to say; without a time, what to ask.',
        examples: ['Is the lamp on?'],
      },
      echo: { type: 'boolean', default: true, description: 'Show what is typed.' },
    },
    mutuallyExclusive: [['seconds', 'minutes']],
  },
  examples: `- pause:
    seconds: 30

- pause:
    prompt: Switch the cable, then press Enter
`,
  evaluate: async ({ seconds, minutes, prompt, echo }, _evaluator, controller) => {
    const asked = minutes === undefined ? seconds : Math.trunc(minutes) * 60;
    const from = new Date();
    const answer = asked === undefined ? await ask(prompt, echo, controller) : await wait(asked, prompt, controller);
    const to = new Date();
    const spent = (to.getTime() - from.getTime()) / 1000;
    // Ansible counts in minutes unless seconds were asked for.
    const [amount, unit] = seconds === undefined ? [spent / 60, 'minutes'] : [spent, 'seconds'];
    const stdout = `Paused for ${rounded(amount)} ${unit}`;
    const times = { start: written(from), stop: written(to), delta: Math.trunc(spent) };
    return { returns: { rc: 0, stdout, stderr: '', ...times, echo, user_input: answer } };
  },
});

async function wait(asked: number, prompt: string | undefined, controller: Controller): Promise<string> {
  const seconds = Math.max(1, Math.trunc(asked));
  controller.tell(prompt === undefined ? `waiting for ${seconds} s` : `waiting for ${seconds} s: ${prompt}`);
  await controller.pause(seconds * 1000);
  return '';
}

async function ask(prompt: string | undefined, echo: boolean, controller: Controller): Promise<string> {
  const question = prompt ?? 'Press enter to continue, Ctrl+C to interrupt';
  const answer = await controller.ask(`${question}${echo ? '' : ' (output is hidden)'}: `, !echo);
  if (answer !== undefined) return answer;
  controller.warn('there is no terminal, so nobody is asked and the run goes on');
  return '';
}

/** With two decimals at most, and one at least, as Python shows a float. */
function rounded(amount: number): string {
  const text = String(Math.round(amount * 100) / 100);
  return text.includes('.') ? text : `${text}.0`;
}

/** `2026-01-31 08:05:09.120000`, in the controller's time zone. */
function written(at: Date): string {
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return local.toISOString().replace('T', ' ').replace('Z', '000');
}
