import { nearest } from '../problem.ts';
import type { Expressions } from './expression.ts';
import { listOf, type Reading, textOf } from './reading.ts';
import type { Answering, Scene } from './scene.ts';
import type { Node } from './yaml.ts';

/** Complains of what tasks notify and no handler of the play, of its roles and of what it includes can answer to. */
export function checkNotified(reading: Reading, scene: Scene): void {
  if (scene.open) return;
  const { expressions } = reading;
  const names = scene.answering.flatMap((one) => namesOf(one));
  const forms = names.map((name) => fitting(name, expressions));
  for (const node of scene.notified.flatMap((one) => listOf(one))) {
    const name = textOf(node);
    if (name === undefined || expressions.isTemplate(name) || forms.some((fits) => fits(name))) continue;
    const near = nearest(
      name,
      names.filter((one) => !expressions.isTemplate(one)),
    );
    reading.complain(node, 'unknown-handler', `no handler is named "${name}" or listens to it`, {
      why: 'a handler is notified by its name or by a topic in its listen, letter by letter',
      mend: near === undefined ? 'add a handler of that name under handlers' : `did you mean "${near}"?`,
    });
  }
}

/** A handler answers to its name and its topics, and to both with its role in front. */
function namesOf({ name, listen, roles }: Answering): string[] {
  const own = [name, ...listen.flatMap((node: Node) => listOf(node))].flatMap((node) => textOf(node) ?? []);
  return [...own, ...roles.flatMap((role) => own.map((one) => `${role} : ${one}`))];
}

/** Whether a name is the one that was written, or one that its templates may come to. */
function fitting(written: string, expressions: Expressions): (name: string) => boolean {
  if (!expressions.isTemplate(written)) return (name) => name === written;
  if (/\{%|^#jinja2:/.test(written)) return () => true;
  const parts = written.split(/\{\{.*?\}\}|\{#.*?#\}/s).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const form = new RegExp(`^${parts.join('.*')}$`, 's');
  return (name) => form.test(name);
}
