// Something to be told beside the page's contents: its colour is the ground, the title stays readable on it in light and dark.
import { Alert, type AlertProps } from '@mantine/core';
import classes from './lists.module.css';

export function Notice(props: AlertProps) {
  return <Alert classNames={{ title: classes.noticeTitle }} {...props} />;
}
