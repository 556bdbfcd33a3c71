import type { VNode } from 'preact';
import type { Field, Mark, Said, Value, Values } from '../../domain/form';
import { letter } from '../../domain/form';
import { isEmpty } from '../../domain/form-check';
import type { Stretch } from '../../domain/masking';
import type { RankingAction, RankingItem, RankingView } from '../../protocol/panels-ranking';
import { t } from '../shared/l10n';
import { Card } from './card';
import { DiffView } from './diff-view';
import { FieldView } from './field';
import type { Ranking } from './model';
import { Others } from './others';
import { Passage } from './passage';
import { Prompt } from './prompt';
import { SpanField } from './span-field';
import type { ValueStep } from './values';
import { marksOf, setValue, toggleOption } from './values';

interface Props {
  readonly view: RankingView;
  readonly item: RankingItem;
  readonly ranking: Ranking;
  readonly values: Values;
  readonly fields: readonly Field[];
  readonly field: string | undefined;
  readonly chosen: { readonly at: number; readonly stretch: Stretch } | undefined;
  readonly diff: boolean;
  readonly expanded: ReadonlySet<number>;
  readonly turn: number;
  readonly perform: (action: RankingAction) => void;
  readonly rank: (position: number) => void;
  readonly focusCard: (position: number) => void;
  readonly focusField: (field: Field) => void;
  readonly expand: (position: number) => void;
  readonly fill: (step: ValueStep) => void;
  readonly write: (field: Field, text: string) => void;
  readonly leave: () => void;
  readonly submit: () => void;
  readonly select: (position: number, stretch: Stretch) => void;
  readonly move: (field: Field, key: string, extend: boolean) => boolean;
  readonly tag: (field: Field, tag: string) => void;
  readonly remove: (field: Field, stretch: Stretch) => void;
  readonly about: (ref: string) => void;
}

/** The item: what was asked, the answers with the fields of each, and the fields about the whole. */
export function Work(props: Props): VNode {
  const { view, item, ranking, values, fields, field, chosen, diff, expanded, turn, perform, rank, focusCard, expand, select } = props;
  const whole = fields.filter((f) => typeof f.at !== 'number');
  return (
    <main>
      <Prompt messages={item.prompt} />
      {view.others && <Others others={view.others} />}
      <section class={`answers of-${item.answers.length}${ranking.flag ? ` is-${ranking.flag}` : ''}`} aria-label={t('Answers')}>
        {item.answers.map((answer, i) => {
          const own = fields.filter((f) => f.at === i);
          const lastRule = own.findLast((f) => f.of === 'rule')?.id;
          const spans = own.filter((f) => f.kind === 'span');
          const marks = spans.flatMap((f) => marksOf(values, f));
          const tags = spans.flatMap((f) => f.options.map((o) => String(o.value)));
          return (
            <Card key={`${item.id}/${i}`} position={i} text={answer.text} ranking={ranking} focused={field === undefined && ranking.focus === i} announceFocus={turn} expanded={expanded.has(i)}
              perform={(action, position) => { if (action === 'rank' && position !== undefined) rank(position); else perform(action); }}
              onFocus={() => { focusCard(i); }} onExpand={() => { expand(i); }}
              onSelect={spans.length > 0 && !diff ? (stretch) => { select(i, stretch); } : undefined}
              fields={own.length > 0 && <div class="fields" role="group" aria-label={t('About answer {0}', letter(i))}>{own.map((f, n) => [<OneField key={f.id} {...props} of={f} />, f.id === lastRule && <RestKept key="rest" {...props} own={own.slice(0, n + 1)} />])}</div>}>
              {diff && item.answers.length > 1 ? <DiffView answers={item.answers} position={i} focus={ranking.focus} /> : <Passage text={answer.text} hidden={answer.hidden} marks={marks} tags={tags} chosen={chosen?.at === i ? chosen.stretch : undefined} />}
            </Card>
          );
        })}
      </section>
      {whole.length > 0 && <section class="whole fields" aria-label={t('About all of it')}>{whole.map((f) => <OneField key={f.id} {...props} of={f} />)}</section>}
    </main>
  );
}

function OneField({ of, view, item, values, field, chosen, focusField, fill, write, leave, submit, move, tag, remove, about }: Props & { readonly of: Field }): VNode {
  const focused = field === of.id;
  const said = view.others?.map((o: Said): Value | undefined => o.values[of.id]);
  const others = said?.some((v) => v !== undefined) === true && of.of !== 'rationale' && of.of !== 'confidence' && of.of !== 'strength' ? said : undefined;
  if (of.kind === 'span') {
    return (
      <SpanField field={of} text={item.answers[of.at as number]!.text} marks={marksOf(values, of)} focused={focused} chosen={chosen && chosen.at === of.at ? chosen.stretch : undefined} onFocus={() => { focusField(of); }}
        move={(key, extend) => move(of, key, extend)} tag={(name) => { tag(of, name); }} remove={(stretch) => { remove(of, stretch); }} others={others as readonly (readonly Mark[] | undefined)[] | undefined} />
    );
  }
  const explained = of.description !== undefined || of.examples !== undefined;
  return (
    <FieldView field={of} value={values[of.id]} focused={focused} onFocus={() => { focusField(of); }} choose={(value) => { fill(toggleOption(values, of, value)); }} write={(text) => { write(of, text); }}
      leave={leave} submit={submit} others={others} about={explained && (of.of === 'rule' || of.of === 'criterion' || of.of === 'better') ? () => { about(of.ref); } : undefined} />
  );
}

/** One click for what holds most of the time: the rules that are not marked yet are kept. */
function RestKept({ own, values, fill }: Props & { readonly own: readonly Field[] }): VNode | null {
  const open = own.filter((f) => f.of === 'rule' && isEmpty(values[f.id]));
  if (open.length < 2) return null;
  return (
    <button type="button" class="plain rest-kept" onClick={() => { fill({ values: open.reduce((v, f) => setValue(v, f, false), values), says: t('{0} rules are kept', open.length) }); }}>
      {open.length === own.filter((f) => f.of === 'rule').length ? t('All rules are kept') : t('The other {0} rules are kept', open.length)}
    </button>
  );
}
