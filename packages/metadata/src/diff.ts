// Model x Model -> what changed, in words, and whether it adds, only describes, or may lose data. It looks at Models, not at
// storage: what the DDL does about it is the platform's.
import { canonicalJson } from './content-hash.ts';
import { type DiffItem, describeEntity, describeModel } from './diff-items.ts';
import type { Model } from './model.ts';

/** `restrictive`: stored records may not meet it, and none of them loses anything. */
export type ChangeEffect = 'additive' | 'restrictive' | 'destructive' | 'metadata_only';

export interface ModelChange {
  readonly what: DiffItem['what'];
  readonly change: 'added' | 'changed' | 'removed';
  /** Name of the document; `organization` for the settings. */
  readonly subject: string;
  /** Name inside the subject (field, key, index, rule, value); empty for the subject itself. */
  readonly name: string;
  readonly effect: ChangeEffect;
  /** One sentence for a person. */
  readonly words: string;
}

/** All changes, by subject in the order of `after` and then of `before`. With `before` null everything is added. */
export function diffModels(before: Model | null, after: Model): ModelChange[] {
  const old = before === null ? new Map<string, DiffItem>() : itemsOf(before, after);
  const next = itemsOf(after, before);
  const changes: ModelChange[] = [];
  for (const [key, item] of next) {
    const previous = old.get(key);
    if (previous === undefined) changes.push(changeOf(item, 'added', item.whenAdded, `${item.title} is added`));
    else changes.push(...changedItem(previous, item));
  }
  for (const [key, item] of old) {
    if (!next.has(key)) changes.push(changeOf(item, 'removed', item.whenRemoved, `${item.title} is removed`));
  }
  return changes;
}

/** Items of a model; those inside an entity that is the same in the other model are left out, being equal. */
function itemsOf(model: Model, other: Model | null): Map<string, DiffItem> {
  const items = [...describeModel(model)];
  for (const entity of model.entities.values()) {
    if (other?.entities.get(entity.name)?.hash !== entity.hash) items.push(...describeEntity(entity));
  }
  return new Map(items.map((item) => [`${item.what} ${item.subject} ${item.name}`, item]));
}

function changeOf(item: DiffItem, change: ModelChange['change'], effect: ChangeEffect, words: string): ModelChange {
  const { what, subject, name } = item;
  return { what, change, subject, name, effect, words };
}

/** One change per aspect that differs, the gravest effect of them for the item as a whole. */
function changedItem(before: DiffItem, after: DiffItem): ModelChange[] {
  const names = [...new Set([...Object.keys(before.aspects), ...Object.keys(after.aspects)])];
  const differing = names.filter(
    (name) => canonicalJson(before.aspects[name]?.value) !== canonicalJson(after.aspects[name]?.value),
  );
  if (differing.length === 0) return [];
  const effects = differing.map((name) => {
    const aspect = after.aspects[name] ?? before.aspects[name];
    return aspect?.effect(before.aspects[name]?.value, after.aspects[name]?.value) ?? 'metadata_only';
  });
  const effect = GRAVITY.findLast((each) => effects.includes(each)) ?? 'metadata_only';
  return [changeOf(after, 'changed', effect, `${after.title}: ${differing.join(', ')} changed`)];
}

/** From light to grave. */
const GRAVITY: readonly ChangeEffect[] = ['metadata_only', 'additive', 'restrictive', 'destructive'];
