// What all inputs of one property share: the value in the surrounding form, its error, and the props of a Mantine input.
import { useController, useFormContext } from 'react-hook-form';
import type { InputProps } from './types.ts';

/** Value and setter of a property in the surrounding form; a change takes away the error that stood there. */
export function useValue<Value = unknown>(name: string) {
  const { control, clearErrors, setValue } = useFormContext();
  const { field, fieldState } = useController({ name, control });
  return {
    value: field.value as Value | null | undefined,
    set: (value: Value | null) => {
      clearErrors(name);
      // Not field.onChange, which takes an object with a `target` for an event.
      setValue(name, value, { shouldDirty: true, shouldTouch: true });
    },
    ref: field.ref,
    onBlur: field.onBlur,
    error: fieldState.error?.message,
    name,
  };
}

type Value = ReturnType<typeof useValue>;

/** Props that every Mantine input takes. */
export function inputProps(
  props: InputProps,
  { ref, onBlur, error, name }: Pick<Value, 'ref' | 'onBlur' | 'error' | 'name'>,
) {
  const { label, hideLabel, description, required, disabled, autoFocus } = props;
  return {
    ref,
    onBlur,
    name,
    error,
    disabled,
    withAsterisk: required,
    'aria-required': required === true ? true : undefined,
    'data-autofocus': autoFocus === true ? true : undefined,
    autoFocus,
    ...(hideLabel === true ? { 'aria-label': label } : { label, description }),
    inputWrapperOrder: ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[],
  };
}

/** Of an input that stands in no form: only what it cannot do without. */
export type FreeInputProps = Partial<ReturnType<typeof inputProps>> & {
  readonly label?: string;
  readonly name: string;
};
