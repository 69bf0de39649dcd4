import type { Play, VarPrompt } from '../playbook/model.ts';
import type { TaskScope } from '../playbook/vars.ts';
import type { Node } from '../playbook/yaml.ts';
import { Problem, Problems } from '../problem.ts';
import { keepVerbatim, type Mapping } from '../value.ts';
import type { Run } from './options.ts';
import { truth } from './target.ts';

const isGiven = (run: Run, { name }: VarPrompt): boolean => Object.hasOwn(run.extraVars, name);

/** Where nobody can be asked, all that would be asked for without a default is told before a play begins. */
export function checkPrompts(plays: readonly Play[], run: Run): void {
  if (run.ask) return;
  const open = plays.flatMap((play) => play.varsPrompt).filter((one) => !one.default && !isGiven(run, one));
  if (open.length > 0) throw new Problems(open.map(unanswered));
}

const unanswered = ({ name, at }: VarPrompt): Problem =>
  new Problem({
    code: 'no-terminal',
    at,
    what: `the play asks for "${name}", and there is no terminal to ask on`,
    mend: `give it with -e ${name}=VALUE`,
  });

/** The variables a play asks for before it begins. What -e gives is not asked for. */
export async function askedVars(play: Play, run: Run, scope: TaskScope): Promise<Mapping> {
  const asked: Mapping = {};
  const seen = () => scope.with(asked);
  const flag = (node: Node | undefined, usual: boolean): boolean =>
    node === undefined ? usual : truth(run.expressions.renderNode(node, seen()));
  for (const prompt of play.varsPrompt) {
    if (isGiven(run, prompt)) continue;
    const text = (node: Node): string => String(run.expressions.renderNode(node, seen()));
    const usual = prompt.default && text(prompt.default);
    const question = prompt.prompt ? text(prompt.prompt) : prompt.name;
    const hidden = flag(prompt.private, true);
    const answer = await answerTo(run, prompt, `${question}${usual === undefined ? '' : ` [${usual}]`}: `, {
      hidden,
      confirm: flag(prompt.confirm, false),
    });
    if (hidden && answer) run.secrets.add(answer);
    asked[prompt.name] = answer || (usual ?? '');
    if (flag(prompt.unsafe, false)) keepVerbatim(asked, prompt.name);
  }
  return asked;
}

async function answerTo(
  run: Run,
  prompt: VarPrompt,
  question: string,
  { hidden, confirm }: { hidden: boolean; confirm: boolean },
): Promise<string | undefined> {
  const tell = (text: string): void => run.events.emit({ type: 'message', level: 'warning', verbosity: 0, text });
  if (!run.ask) {
    tell(`"${prompt.name}" is not asked for, since there is no terminal: its default is taken`);
    return undefined;
  }
  for (;;) {
    const answer = await run.ask(question, hidden);
    if (!confirm || (await run.ask(`confirm ${question}`, hidden)) === answer) return answer;
    tell('the two answers differ');
  }
}
