// Structures of packages. A table of data.
import { MOST_PACKAGE_DOCUMENTS, PACKAGE_KINDS } from '@kartoteka/metadata';
import { is, listOf } from './members.ts';
import type { Shape } from './types.ts';

const OPTIONAL = { optional: true } as const;
const NULLABLE = { nullable: true } as const;

export const PACKAGE_SHAPES: Readonly<Record<string, Shape>> = {
  package_manifest: {
    description: 'Who ships what, and what it needs',
    members: {
      name: is('Edm.String', 'Name of the package: small letters, digits and -', { example: 'training' }),
      publisher: is('Edm.String', 'Who ships it', { example: 'Acme' }),
      prefix: is('Edm.String', 'Beginning of every name that it gives', { example: 'train_' }),
      version: is('Edm.String', 'As in semantic versioning', { example: '1.0.0' }),
      label: is('Edm.Untyped', 'Text per language', OPTIONAL),
      description: is('Edm.Untyped', 'Text per language', OPTIONAL),
      dependencies: is('Edm.Untyped', 'Packages that come before it, each with a range such as ^1.2.0', OPTIONAL),
    },
  },
  package_document: {
    description: 'A document of a package',
    members: {
      kind: is('Edm.String', 'Its kind', { values: PACKAGE_KINDS }),
      name: is('Edm.String', 'Its name; of an extension what it extends', { example: 'train_course' }),
      body: is('Edm.Untyped', 'The document'),
    },
  },
  package_archive: {
    description: 'A package as a whole',
    members: {
      manifest: is('package_manifest', 'Who ships what'),
      documents: listOf('package_document', 'By kind and name', { most: MOST_PACKAGE_DOCUMENTS }),
    },
  },
  chosen_document: {
    description: 'A customisation, by what it is or extends',
    members: {
      kind: is('Edm.String', 'Its kind', { values: PACKAGE_KINDS }),
      name: is('Edm.String', 'Its name', { example: 'x_visit' }),
    },
  },
  known_package: {
    description: 'A package that is installed, or was and left data',
    members: {
      name: is('Edm.String', 'Its name'),
      publisher: is('Edm.String', 'Who ships it'),
      prefix: is('Edm.String', 'Beginning of the names that it gives'),
      version: is('Edm.String', 'The last that was installed'),
      label: is('Edm.Untyped', 'Text per language'),
      description: is('Edm.Untyped', 'Text per language'),
      dependencies: is('Edm.Untyped', 'Ranges by package'),
      dependents: listOf('Edm.String', 'Installed packages that need it'),
      installed: is('Edm.Boolean', 'False: uninstalled, its data are kept'),
      place: is('Edm.Int32', 'Among the layers, from 1 over the base', NULLABLE),
      documents: is('Edm.Int32', 'How many it has brought'),
      installed_on: is('Edm.DateTimeOffset', 'When this version was installed'),
      changed_by_id: is('Edm.Guid', 'Who did so, or uninstalled it', NULLABLE),
      uninstalled_on: is('Edm.DateTimeOffset', 'When', NULLABLE),
      kept: listOf('Edm.String', 'Entities, and fields as entity.property, whose data it left'),
    },
  },
  package_plan: {
    description: 'What a change of a package would do',
    members: {
      action: is('Edm.String', 'none: it is installed like that', {
        values: ['install', 'upgrade', 'uninstall', 'none'],
      }),
      name: is('Edm.String', 'The package'),
      from: is('Edm.String', 'Version before; null: it is not installed', NULLABLE),
      to: is('Edm.String', 'Version after; null: it goes', NULLABLE),
      restored: listOf('Edm.String', 'Tables, and columns as table.column, whose kept data come back'),
      revision: is('Edm.Int32', 'Revision that the plan stands on'),
      plan: is('plan_report', 'The publish; null: there is nothing to do', NULLABLE),
    },
  },
  package_result: {
    description: 'What was done',
    members: {
      outcome: is('Edm.String', 'Whether anything was to be done', { values: ['published', 'unchanged'] }),
      revision: is('Edm.Int32', 'The revision that is published now'),
      name: is('Edm.String', 'The package'),
      pending_steps: is('Edm.Int32', 'Background steps that are not done'),
    },
  },
};
