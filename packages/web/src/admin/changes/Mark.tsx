// A state or kind in a word: its colour is the ground, the text stays readable on it in light and dark.
import { Badge, type BadgeProps } from '@mantine/core';

export function Mark(props: BadgeProps) {
  return <Badge size="sm" variant="light" tt="none" fw={500} c="var(--mantine-color-text)" {...props} />;
}
