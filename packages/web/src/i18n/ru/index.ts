// All Russian texts: one object that is loaded when the language is chosen.
import { app } from './app.ts';
import { changes } from './changes.ts';
import { importTexts } from './import.ts';
import { list } from './list.ts';
import { model } from './model.ts';
import { packages } from './packages.ts';
import { ra } from './ra.ts';
import { record } from './record.ts';
import { rights } from './rights.ts';

export const messages = { ra, app, list, record, model, changes, packages, import: importTexts, rights };
