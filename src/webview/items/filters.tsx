import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import { itemFacts, itemSorts } from '../../domain/item-filter';
import type { ItemFilter, ItemSort } from '../../domain/item-filter';
import type { ItemsResult } from '../../protocol/panels-items';
import { t } from '../shared/l10n';
import { factName, sortName } from './words';

interface Props {
  readonly filter: ItemFilter;
  readonly result: ItemsResult | undefined;
  readonly change: (filter: ItemFilter) => void;
  readonly changeTask: (task: string) => void;
  /** From the search field into the list. */
  readonly toList: () => void;
}

/** What one looks for: text, facts, and choices of what there is. */
export function Filters({ filter, result, change, changeTask, toList }: Props): VNode {
  const { choices, facts } = result ?? {};
  const toggle = (fact: (typeof itemFacts)[number]): void => {
    change({ ...filter, only: filter.only.includes(fact) ? filter.only.filter((f) => f !== fact) : [...filter.only, fact] });
  };
  return (
    <div class="filters" role="search" aria-label={t('Filter')}>
      <div class="line">
        <input id="search" type="search" class="text-input" value={filter.text} placeholder={t('Search in prompts and answers ( / )')} aria-label={t('Search in prompts and answers')} spellcheck={false}
          onInput={(e) => { change({ ...filter, text: e.currentTarget.value }); }}
          onKeyDown={(e) => {
            if (e.key === 'ArrowDown' || e.key === 'Enter') {
              e.preventDefault();
              toList();
            } else if (e.key === 'Escape' && filter.text !== '') {
              e.preventDefault();
              change({ ...filter, text: '' });
            }
          }} />
        {(choices?.tasks.length ?? 0) > 1 && <Choice name={t('Task')} value={result!.task} all={undefined} options={choices!.tasks.map((task) => [task.id, task.title])} choose={(task) => { changeTask(task!); }} />}
        <Choice name={t('Sort')} value={filter.sort} all={undefined} options={itemSorts.map((sort) => [sort, sortName(sort)])} choose={(sort) => { change({ ...filter, sort: sort as ItemSort }); }} />
      </div>
      <div class="line">
        {itemFacts.map((fact) => (
          <button type="button" class="chip" key={fact} aria-pressed={filter.only.includes(fact)} onClick={() => { toggle(fact); }}>
            {factName(fact)} <span class="number quiet">{facts === undefined ? '' : facts[fact].toLocaleString()}</span>
          </button>
        ))}
      </div>
      <div class="line">
        {choices && <Choice name={t('Labeler')} value={filter.labeler} all={t('anybody')} options={named(choices.labelers, filter.labeler)} choose={(labeler) => { change({ ...filter, labeler }); }} />}
        {choices && choices.tags.length > 0 && <Choice name={t('Tag')} value={filter.tag} all={t('any')} options={named(choices.tags, filter.tag)} choose={(tag) => { change({ ...filter, tag }); }} />}
        {choices && <Choice name={t('Model')} value={filter.model} all={t('any')} options={named(choices.models, filter.model)} choose={(model) => { change({ ...filter, model }); }} />}
        {choices && <Choice name={t('Set')} value={filter.set} all={t('any')} options={named(choices.sets, filter.set)} choose={(set) => { change({ ...filter, set }); }} />}
      </div>
    </div>
  );
}

/** What is chosen stays to be seen, even when it is not there any more. */
const named = (names: readonly string[], chosen: string | undefined): [string, string][] => (chosen === undefined || names.includes(chosen) ? names : [chosen, ...names]).map((name) => [name, name]);

interface ChoiceProps {
  readonly name: string;
  readonly value: string | undefined;
  /** What stands for no choice; without it one must be chosen. */
  readonly all: string | undefined;
  readonly options: readonly (readonly [string, string])[];
  readonly choose: (value: string | undefined) => void;
}

function Choice({ name, value, all, options, choose }: ChoiceProps): VNode {
  const id = useId();
  // Values are numbered: any name, the empty one too, may stand in a file.
  const at = options.findIndex(([option]) => option === value);
  return (
    <span class={`choice${all !== undefined && value !== undefined ? ' chosen' : ''}`}>
      <label for={id} class="quiet">{name}</label>
      <select id={id} value={at} onChange={(e) => { choose(options[Number(e.currentTarget.value)]?.[0]); }}>
        {all !== undefined && <option value={-1}>{all}</option>}
        {options.map(([option, title], i) => <option value={i} key={option}>{title}</option>)}
      </select>
    </span>
  );
}
