// The options of a type in groups: what the type is about first, then how the field behaves, who sees it, and conditions.
import { Fieldset, Stack } from '@mantine/core';
import { useTranslate } from 'ra-core';
import type { Origin } from '../logic/layered.ts';
import type { OptionField, OptionGroup } from '../logic/options.ts';
import { OptionInput } from './OptionInput.tsx';
import { OriginBadges } from './Origin.tsx';
import type { OptionSurroundings } from './option-surroundings.ts';

const ORDER: readonly OptionGroup[] = ['type', 'behaviour', 'conditions', 'protection'];

export function OptionGroups(props: {
  readonly groups: ReadonlyMap<OptionGroup, readonly OptionField[]>;
  readonly errors: ReadonlyMap<string, string>;
  readonly around: OptionSurroundings;
  /** Of a field that there is: which layer says an option. */
  readonly originOf?: (option: string) => Origin;
  readonly onChange: (option: string, value: unknown) => void;
}) {
  const t = useTranslate();
  return ORDER.map((group) => {
    const options = props.groups.get(group) ?? [];
    if (options.length === 0) return null;
    return (
      <Fieldset key={group} legend={t(`model.group.${group}`)}>
        <Stack gap="md">
          {options.map((option) => (
            <div key={option.name}>
              <OptionInput
                option={option}
                value={props.around.field[option.name]}
                error={props.errors.get(option.name)}
                around={props.around}
                onChange={(value) => props.onChange(option.name, value)}
              />
              <OptionOrigin {...props} option={option.name} />
            </div>
          ))}
        </Stack>
      </Fieldset>
    );
  });
}

/** Said where an option is not simply that of the field's own layer. */
function OptionOrigin(props: Parameters<typeof OptionGroups>[0] & { readonly option: string }) {
  const origin = props.originOf?.(props.option);
  if (origin === undefined || !(origin.overrides || origin.draft !== undefined)) return null;
  return <OriginBadges origin={origin} onReset={() => props.onChange(props.option, origin.below)} />;
}
