// Before anything can be drawn: nothing for the first moments, so that a fast start does not flicker.
import { Loader } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useEffect, useState } from 'react';
import classes from './states.module.css';

export function Starting() {
  const translate = useTranslate();
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), 300);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={classes.starting} role="status" aria-label={translate('app.loading')}>
      {isLong && <Loader size="sm" />}
    </div>
  );
}
