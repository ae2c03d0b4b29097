// Settings of odata2ts: which properties the service writes itself, so that the generated models do not ask for them.
const COMPUTED = [
  ...['id', 'version', 'created_on', 'created_by_id', 'modified_on', 'modified_by_id'],
  ...['owner_id', 'owning_business_unit_id', 'open_deals', 'won_amount', 'won_amount_currency', 'number'],
];

module.exports = {
  emitMode: 'ts',
  tsconfig: '../.generated/typed/tsconfig.json',
  services: {
    kartoteka: {
      source: '../.generated/typed/metadata.xml',
      output: '../.generated/typed/src',
      serviceName: 'Kartoteka',
      propertiesByName: [
        ...[...COMPUTED, /_base$/].map((name) => ({ name, managed: true })),
        // Every generated class has a method of that name.
        { name: 'delete', mappedName: 'delete_' },
      ],
    },
  },
};
