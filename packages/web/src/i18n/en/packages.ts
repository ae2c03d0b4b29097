// English texts of packages. Every key stands in ../ru/packages.ts, too.
export const packages = {
  title: 'Packages',
  subtitle:
    'What partners ship lies between the product and your own changes, in this order. Your changes stay over every upgrade.',
  install: 'Install from a file',
  install_now: 'Install',
  upgrade: 'Upgrade',
  uninstall: 'Uninstall',
  uninstall_text:
    'Its documents are taken away. Its data are kept out of sight, and come back with the next installation, until they are purged.',
  export: 'Export',
  back: 'Back',
  empty: 'No packages',
  empty_text:
    'A package brings entities, fields, roles and views of a partner as one file. You read its plan before it is installed.',
  not_a_package: 'This file is no package: one JSON document with a manifest and documents is needed.',
  nothing: 'It is installed like that already. There is nothing to do.',
  unknown: 'There is no package %{name}',
  installed: 'Installed',
  uninstalled: 'Uninstalled',
  facts: 'About the package',
  column: {
    layer: 'Layer',
    package: 'Package',
    version: 'Version',
    publisher: 'Publisher',
    documents: 'Documents',
    state: 'State',
  },
  fact: {
    name: 'Name',
    version: 'Version',
    publisher: 'Publisher',
    prefix: 'Prefix of its names',
    documents: 'Documents',
    installed_on: 'Installed',
    needs: 'Needs',
    needed_by: 'Needed by',
  },
  action: {
    install: 'Install %{name} %{to}',
    upgrade: 'Upgrade %{name} from %{from} to %{to}',
    uninstall: 'Uninstall %{name}',
    none: '%{name} %{to} is installed',
  },
  comment: { install: 'Package %{name} %{version}', uninstall: 'Without the package %{name}' },
  kept: {
    title: 'Data that it left come back',
    leave: 'Leave them out of sight and begin empty',
    left: 'Data that it left',
    purge: 'Hidden data',
  },
};
